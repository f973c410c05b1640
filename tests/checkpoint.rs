//! Saving and loading of models, on one written by hand.

mod folder;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use folder::Folder;
use macrograd::__private::state::{Gradients, Init, Kind, Layout, State, TensorInfo};
use macrograd::optim::{
    Adadelta, Adafactor, Adagrad, Adam, AdamW, Adamax, Lamb, Lbfgs, Lion, Muon, NAdam, Optimizer, RAdam,
    RmsProp, ScheduleFreeAdamW, Sgd,
};
use macrograd::{Error, Model, ModelGrads, checkpoint};
use safetensors::SafeTensors;

const fn tensor(name: &'static str, shape: &'static [usize], offset: usize, kind: Kind) -> TensorInfo {
    TensorInfo { name, shape, offset, kind, init: Init::Constant(0.5), lr_scale: 1.0, decay: true }
}

/// A linear layer and a batch normalisation, with padding between tensors.
struct Net(State);
struct NetGrads(Gradients);

impl Model for Net {
    type Float = f32;
    type Grads = NetGrads;
    const NAME: &'static str = "Net";
    fn layout() -> &'static Layout {
        static LAYOUT: Layout = Layout {
            tensors: &[
                tensor("fc.weight", &[2, 3], 0, Kind::Trainable),
                tensor("fc.bias", &[2], 16, Kind::Trainable),
                tensor("norm.weight", &[2], 32, Kind::Trainable),
                tensor("norm.bias", &[2], 48, Kind::Frozen),
                tensor("norm.running_mean", &[2], 64, Kind::Buffer),
                tensor("norm.running_var", &[2], 80, Kind::Buffer),
            ],
            trainable_len: 48,
            buffers_start: 64,
            len: 96,
        };
        &LAYOUT
    }
    fn from_state(state: State) -> Self {
        Net(state)
    }
    fn state(&self) -> &State {
        &self.0
    }
    fn state_mut(&mut self) -> &mut State {
        &mut self.0
    }
}

impl ModelGrads for NetGrads {
    type Float = f32;
    fn zeros() -> Self {
        NetGrads(Gradients::zeros(Net::layout()))
    }
    fn gradients(&self) -> &Gradients {
        &self.0
    }
    fn gradients_mut(&mut self) -> &mut Gradients {
        &mut self.0
    }
}

impl Net {
    /// Every element a different number, some of them special.
    fn numbered() -> Net {
        let mut state = State::new(Net::layout(), 0);
        let mut number = 0.1;
        for info in Net::layout().tensors {
            for value in &mut state.values_mut()[info.offset..][..info.numel()] {
                *value = number;
                number *= -1.7;
            }
        }
        state.values_mut()[0] = f32::NEG_INFINITY;
        state.values_mut()[1] = -0.0;
        state.values_mut()[2] = 1e-42;
        Net(state)
    }

    fn bits(&self) -> Vec<u32> {
        self.0.values().iter().map(|value| value.to_bits()).collect()
    }
}

impl std::fmt::Debug for Net {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Net")
    }
}

/// A safetensors file of F32 tensors and others of one byte an element.
fn write_tensors(path: &Path, tensors: &[(&str, &str, &[usize])]) {
    let (mut header, mut len) = (String::from("{"), 0);
    for (name, dtype, shape) in tensors {
        let end = len + shape.iter().product::<usize>() * if *dtype == "F32" { 4 } else { 1 };
        let comma = if header.len() > 1 { "," } else { "" };
        header += &format!(
            "{comma}\"{name}\":{{\"dtype\":\"{dtype}\",\"shape\":{shape:?},\"data_offsets\":[{len},{end}]}}"
        );
        len = end;
    }
    header += "}";
    let content = [&(header.len() as u64).to_le_bytes(), header.as_bytes(), &vec![0; len]].concat();
    fs::write(path, content).expect("the folder is ours");
}

#[test]
fn what_is_saved_is_loaded_bit_for_bit() {
    let folder = Folder::new("round-trip");
    let path = folder.0.join("net.safetensors");
    let net = Net::numbered();
    checkpoint::save(&net, &path).expect("the folder is writable");
    assert_eq!(checkpoint::load::<Net>(&path).expect("the file is ours").bits(), net.bits());

    let mut other = Net(State::new(Net::layout(), 0));
    let version = other.0.version();
    checkpoint::load_into(&mut other, &path).expect("the file is ours");
    assert_eq!(other.bits(), net.bits());
    assert!(other.0.version() > version);
    assert_eq!(folder.names(), ["net.safetensors"], "nothing else is left");
}

#[test]
fn a_file_is_in_the_common_format_and_always_the_same() {
    let folder = Folder::new("format");
    let (path, again) = (folder.0.join("net"), folder.0.join("again"));
    checkpoint::save(&Net::numbered(), &path).expect("the folder is writable");
    checkpoint::save(&Net::numbered(), &again).expect("the folder is writable");
    let bytes = fs::read(&path).expect("it was just written");
    assert_eq!(bytes, fs::read(&again).expect("it was just written"));

    let (header, metadata) = SafeTensors::read_metadata(&bytes).expect("the format is right");
    assert_eq!(header % 8, 0);
    let metadata: BTreeMap<_, _> = metadata.metadata().as_ref().expect("we write metadata").iter().collect();
    let pairs: Vec<_> = metadata.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
    assert_eq!(pairs, [("format", "macrograd"), ("model", "Net")]);
    let tensors = SafeTensors::deserialize(&bytes).expect("the format is right");
    assert_eq!(tensors.len(), 6);
    assert_eq!(tensors.tensor("fc.weight").expect("a tensor of the model").shape(), [2, 3]);
}

#[test]
fn files_of_pytorch_are_loaded() {
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
    for name in ["checkpoint_pytorch.safetensors", "checkpoint_mixed.safetensors"] {
        let net: Net = checkpoint::load(golden.join(name)).expect("its tensors are those of the model");
        let mut number = -1.0;
        for info in Net::layout().tensors {
            for &value in &net.0.values()[info.offset..][..info.numel()] {
                assert_eq!(value, number, "`{}` of {name}", info.name);
                number += 0.125;
            }
        }
    }
}

#[test]
fn all_differences_are_listed_at_once() {
    let folder = Folder::new("differences");
    let path = folder.0.join("other.safetensors");
    write_tensors(
        &path,
        &[
            ("fc.weight", "F32", &[3, 2]),
            ("fcc.bias", "F32", &[2]),
            ("module.norm.weight", "F32", &[2]),
            ("norm.bias", "I8", &[2]),
            ("norm.running_mean", "F32", &[2]),
            ("norm.num_batches_tracked", "I8", &[]),
            ("decoder.scale", "F32", &[]),
        ],
    );
    let error = checkpoint::load::<Net>(&path).expect_err("it is of another model");
    let expected = "\
the tensors in the file are not those of `Net`
  missing: `fc.bias` [2]; the file has the similar `fcc.bias` [2]
  missing: `norm.weight` [2]; the file has the similar `module.norm.weight` [2]
  missing: `norm.running_var` [2]
  unexpected: `decoder.scale` []
  unexpected: `fcc.bias` [2]
  unexpected: `module.norm.weight` [2]
  unfit: `fc.weight` is [3, 2] F32 in the file, but [2, 3] in the model
  unfit: `norm.bias` is [2] I8 in the file, but [2] in the model (F32, F64, F16 and BF16 can be loaded)
  help: rename `fcc.bias` to `fc.bias` in the file, or put `#[rename(\"…\")]` on the field so that its names agree with the file";
    assert_eq!(error.to_string(), format!("{}: {expected}", path.display()));

    let mut net = Net::numbered();
    let (before, version) = (net.bits(), net.0.version());
    checkpoint::load_into(&mut net, &path).expect_err("it is of another model");
    assert_eq!((net.bits(), net.0.version()), (before, version), "the model stays as it was");
}

#[test]
fn what_fits_can_be_taken_from_a_file_of_another_model() {
    let folder = Folder::new("matching");
    let path = folder.0.join("other.safetensors");
    write_tensors(
        &path,
        &[
            ("fc.weight", "F32", &[3, 2]),
            ("fc.bias", "F32", &[2]),
            ("norm.bias", "I8", &[2]),
            ("norm.running_mean", "F32", &[2]),
            ("norm.num_batches_tracked", "I8", &[]),
            ("decoder.scale", "F32", &[]),
        ],
    );
    let mut net = Net::numbered();
    let matched = checkpoint::load_matching(&mut net, &path).expect("something fits");
    assert_eq!(matched.loaded, ["fc.bias", "norm.running_mean"]);
    assert_eq!(matched.missing, ["norm.weight", "norm.running_var"]);
    assert_eq!(matched.differing, ["fc.weight", "norm.bias"]);
    assert_eq!(matched.unused, ["decoder.scale"]);
    assert_eq!(
        matched.to_string(),
        "2 tensors are loaded; missing: norm.weight, norm.running_var; of another shape: fc.weight, norm.bias; unused: \
         decoder.scale"
    );
    let (found, before) = (net.bits(), Net::numbered().bits());
    for info in Net::layout().tensors {
        let range = info.offset..info.offset + info.numel();
        let is_loaded = matched.loaded.iter().any(|name| name == info.name);
        let expected = if is_loaded { vec![0; info.numel()] } else { before[range.clone()].to_vec() };
        assert_eq!(found[range], expected, "{}", info.name);
    }

    write_tensors(&path, &[("encoder.weight", "F32", &[2])]);
    let error = checkpoint::load_matching(&mut net, &path).expect_err("nothing fits").to_string();
    assert!(error.contains("none of its tensors has the name and the shape of one of `Net`"), "{error}");
    assert_eq!(net.bits(), found, "the model stays as it was");
    let error = checkpoint::load_matching(&mut net, folder.0.join("none")).expect_err("there is no file");
    assert!(matches!(error, Error::Io { .. }), "{error}");
}

#[test]
fn a_file_of_another_model_says_which() {
    struct Other(State);
    struct OtherGrads(Gradients);
    impl Model for Other {
        type Float = f32;
        type Grads = OtherGrads;
        const NAME: &'static str = "Other";
        fn layout() -> &'static Layout {
            static TENSORS: [TensorInfo; 20] = {
                let mut tensors = [tensor("scale", &[1], 0, Kind::Trainable); 20];
                let mut index = 0;
                while index < tensors.len() {
                    tensors[index].name = [
                        "a",
                        "b",
                        "c",
                        "d",
                        "e",
                        "f",
                        "g",
                        "h",
                        "i",
                        "j",
                        "k",
                        "l",
                        "m",
                        "n",
                        "o",
                        "p",
                        "q",
                        "r",
                        "s",
                        "\"\\\u{1}ü",
                    ][index];
                    tensors[index].offset = index;
                    index += 1;
                }
                tensors
            };
            static LAYOUT: Layout =
                Layout { tensors: &TENSORS, trainable_len: 32, buffers_start: 32, len: 32 };
            &LAYOUT
        }
        fn from_state(state: State) -> Self {
            Other(state)
        }
        fn state(&self) -> &State {
            &self.0
        }
        fn state_mut(&mut self) -> &mut State {
            &mut self.0
        }
    }
    impl ModelGrads for OtherGrads {
        type Float = f32;
        fn zeros() -> Self {
            OtherGrads(Gradients::zeros(Other::layout()))
        }
        fn gradients(&self) -> &Gradients {
            &self.0
        }
        fn gradients_mut(&mut self) -> &mut Gradients {
            &mut self.0
        }
    }

    let folder = Folder::new("another");
    let path = folder.0.join("other.safetensors");
    checkpoint::save(&Other(State::new(Other::layout(), 0)), &path).expect("the folder is writable");
    checkpoint::load::<Other>(&path).expect("names with quotes and control characters are escaped");
    let text = checkpoint::load::<Net>(&path).expect_err("it is of another model").to_string();
    assert!(
        text.contains("not those of `Net`; it was saved from `Other`\n  missing: `fc.weight` [2, 3]\n"),
        "{text}"
    );
    assert!(text.contains("\n  … and 8 more of these\n"), "{text}");
    assert!(text.ends_with("help: load a file that was saved from this version of the model"), "{text}");
}

#[test]
fn damaged_files_are_refused_with_a_remedy() {
    let folder = Folder::new("damaged");
    let path = folder.0.join("net.safetensors");
    checkpoint::save(&Net::numbered(), &path).expect("the folder is writable");
    let whole = fs::read(&path).expect("it was just written");
    for len in [0, 5, 8, 100, whole.len() - 1] {
        fs::write(&path, &whole[..len]).expect("the folder is writable");
        let error = checkpoint::load::<Net>(&path).expect_err("it was cut short");
        let text = error.to_string();
        assert!(matches!(error, Error::BadFile { .. }), "{text}");
        let length = format!("{len} bytes");
        for fragment in
            [path.to_str().expect("readable"), &length, "cut short or changed", "copy or save it again"]
        {
            assert!(text.contains(fragment), "`{fragment}` is not in: {text}");
        }
    }
    for content in [b"PK\x03\x04 a pickle of PyTorch".to_vec(), [&whole[..8], b"x", &whole[9..]].concat()] {
        fs::write(&path, content).expect("the folder is writable");
        let text = checkpoint::load::<Net>(&path).expect_err("it is of another format").to_string();
        assert!(text.contains("damaged or of another format") && text.contains("save_file"), "{text}");
    }
    let absent = folder.0.join("absent");
    let error = checkpoint::load::<Net>(&absent).expect_err("there is no such file");
    assert!(matches!(&error, Error::Io { action: "read", path, .. } if *path == absent), "{error}");
}

#[test]
fn a_failed_save_names_the_file_and_leaves_nothing_behind() {
    let folder = Folder::new("unwritable");
    let net = Net::numbered();
    // A file in the place of a folder refuses even the administrator, who runs tests in containers.
    fs::write(folder.0.join("file"), "").expect("the folder is writable");
    for path in [folder.0.join("absent/net.safetensors"), folder.0.join("file/net.safetensors")] {
        let error = checkpoint::save(&net, &path).expect_err("there is no such folder");
        assert!(
            matches!(&error, Error::Io { action: "write", path: named, .. } if *named == path),
            "{error}"
        );
    }
    let taken = folder.0.join("taken");
    fs::create_dir_all(taken.join("inner")).expect("the folder is writable");
    let error = checkpoint::save(&net, &taken).expect_err("a folder is not replaced");
    assert!(matches!(&error, Error::Io { action: "replace", path, .. } if *path == taken), "{error}");
    let error = checkpoint::save(&net, "/").expect_err("it has no name");
    assert!(error.to_string().contains("no file name"), "{error}");
    assert_eq!(folder.names(), ["file", "taken"], "nothing half-written is left");
}

#[test]
fn remains_of_another_process_are_left_alone() {
    let folder = Folder::new("remains");
    let remains: Vec<String> =
        (0..50).map(|count| format!(".net.{}-{count}.tmp", std::process::id())).collect();
    for name in &remains {
        fs::write(folder.0.join(name), "half").expect("the folder is writable");
    }
    checkpoint::save(&Net::numbered(), folder.0.join("net")).expect("another name is taken");
    assert_eq!(folder.names().len(), remains.len() + 1);
    for name in remains {
        assert_eq!(fs::read(folder.0.join(name)).expect("it stays"), b"half");
    }
}

#[test]
fn a_run_continues_from_its_files_with_the_same_bits() {
    fn check<O: Optimizer + Clone>(fresh: O) {
        let folder = Folder::new(fresh.name());
        let (net_path, optimizer_path) = (folder.0.join("net"), folder.0.join("optimizer"));
        let train = |net: &mut Net, optimizer: &mut O| {
            let mut grads = NetGrads::zeros();
            for step in 0..5 {
                for info in Net::layout().tensors.iter().filter(|info| info.kind == Kind::Trainable) {
                    let grad = &mut grads.0.values_mut()[info.offset..][..info.numel()];
                    grad.iter_mut().enumerate().for_each(|(i, grad)| *grad = (i + 3 * step) as f32 - 4.5);
                }
                optimizer.step(net, &mut grads);
            }
        };
        let (mut net, mut optimizer) = (Net(State::new(Net::layout(), 0)), fresh.clone());
        train(&mut net, &mut optimizer);
        checkpoint::save(&net, &net_path).expect("the folder is writable");
        checkpoint::save_optimizer::<Net, O>(&optimizer, &optimizer_path).expect("the folder is writable");

        let mut resumed: Net = checkpoint::load(&net_path).expect("it was just written");
        let mut resumed_optimizer = fresh;
        checkpoint::load_optimizer::<Net, O>(&mut resumed_optimizer, &optimizer_path)
            .expect("it was just written");
        assert_eq!(resumed_optimizer.state(), optimizer.state());
        train(&mut net, &mut optimizer);
        train(&mut resumed, &mut resumed_optimizer);
        assert_eq!(resumed.bits(), net.bits(), "{}", optimizer.name());
    }
    check(Sgd::new(0.1).momentum(0.9));
    check(Adam::new(0.1).amsgrad(true));
    check(AdamW::new(0.1));
    check(NAdam::new(0.1));
    check(RAdam::new(0.1));
    check(RmsProp::new(0.1).momentum(0.9).centered(true));
    check(Adagrad::new(0.1).initial_accumulator_value(0.5));
    check(Adadelta::new(1.0));
    check(Adamax::new(0.1));
    check(Lion::new(0.1));
    check(Lamb::new(0.1));
    check(Adafactor::new(0.1));
    check(Muon::new(0.1));
    check(ScheduleFreeAdamW::new(0.1).warmup_steps(8));
}

/// How much L-BFGS remembers depends on how long it has run.
#[test]
fn the_history_of_lbfgs_is_saved() {
    let folder = Folder::new("lbfgs");
    let path = folder.0.join("optimizer");
    let mut net = Net(State::new(Net::layout(), 0));
    let mut optimizer = Lbfgs::new(0.1).max_iter(4);
    // Half the sum of squares: the gradient is the parameter.
    optimizer.step(&mut net, &mut NetGrads::zeros(), |net, grads| {
        let values = grads.0.values_mut();
        values.copy_from_slice(&net.0.values()[..values.len()]);
        values.iter().map(|value| value * value / 2.0).sum::<f32>()
    });
    assert_eq!(optimizer.state().moments.len(), 2 + 2 * 3);
    checkpoint::save_optimizer::<Net, _>(&optimizer, &path).expect("the folder is writable");
    let mut resumed = Lbfgs::new(0.1).max_iter(4);
    checkpoint::load_optimizer::<Net, _>(&mut resumed, &path).expect("it was just written");
    assert_eq!(resumed.state(), optimizer.state());
}

#[test]
fn an_optimizer_before_its_first_step_is_saved_too() {
    let folder = Folder::new("first-step");
    let path = folder.0.join("optimizer");
    checkpoint::save_optimizer::<Net, _>(&Adam::new(0.1), &path).expect("the folder is writable");
    let mut adam = Adam::new(0.1);
    adam.step(&mut Net(State::new(Net::layout(), 0)), &mut NetGrads::zeros());
    checkpoint::load_optimizer::<Net, _>(&mut adam, &path).expect("it was just written");
    assert_eq!(adam.state(), Adam::new(0.1).state());
}

#[test]
fn files_of_other_optimizers_are_refused() {
    let folder = Folder::new("optimizers");
    let path = folder.0.join("optimizer");
    let mut net = Net(State::new(Net::layout(), 0));
    let refused = |optimizer: &mut Adam| {
        let error =
            checkpoint::load_optimizer::<Net, _>(optimizer, &path).expect_err("it is of another kind");
        assert!(matches!(&error, Error::BadFile { path: named, .. } if *named == path), "{error}");
        error.to_string()
    };
    let mut adamw = AdamW::new(0.1);
    adamw.step(&mut net, &mut NetGrads::zeros());
    checkpoint::save_optimizer::<Net, _>(&adamw, &path).expect("the folder is writable");
    let text = refused(&mut Adam::new(0.1));
    assert!(text.contains("saved from `AdamW`, but is loaded into `Adam`"), "{text}");

    checkpoint::save(&net, &path).expect("the folder is writable");
    let text = refused(&mut Adam::new(0.1));
    assert!(text.contains("does not say of which optimizer") && text.contains("read by `load`"), "{text}");

    let mut momentum = Sgd::new(0.1).momentum(0.9);
    momentum.step(&mut net, &mut NetGrads::zeros());
    checkpoint::save_optimizer::<Net, _>(&momentum, &path).expect("the folder is writable");
    let error =
        checkpoint::load_optimizer::<Net, _>(&mut Sgd::new(0.1), &path).expect_err("it keeps no velocity");
    assert!(error.to_string().contains("numbers, but this `Sgd` keeps 0 for `Net`"), "{error}");
}
