//! The flat state: initial values, padding, versions and buffers.

use macrograd_runtime::initialise::initialise;
use macrograd_runtime::random::stream_of;
use macrograd_runtime::state::{Gradients, Init, Kind, Layout, State, TensorInfo};

const fn tensor(
    name: &'static str,
    shape: &'static [usize],
    offset: usize,
    kind: Kind,
    init: Init,
) -> TensorInfo {
    TensorInfo { name, shape, offset, kind, init, lr_scale: 1.0, decay: true }
}

const NORMAL: Init = Init::Normal { mean: 0.0, std: 0.1 };

static LAYOUT: Layout = Layout {
    tensors: &[
        tensor("fc.weight", &[3, 5], 0, Kind::Trainable, NORMAL),
        tensor("fc.bias", &[3], 16, Kind::Trainable, Init::Uniform { low: -1.0, high: 1.0 }),
        tensor("table", &[2], 32, Kind::Frozen, Init::Constant(4.0)),
        tensor("norm.running_var", &[3], 48, Kind::Buffer, Init::Constant(1.0)),
    ],
    trainable_len: 32,
    buffers_start: 48,
    len: 64,
};

#[test]
fn initial_values_depend_on_seed_and_name_and_padding_is_zero() {
    let state: State = State::new(&LAYOUT, 3);
    let mut weight = [0.0_f32; 15];
    initialise(&mut weight, &[], NORMAL, 3, stream_of("fc.weight"));
    assert_eq!(state.values()[..15], weight);
    assert!(state.values()[16..19].iter().all(|value| (-1.0..1.0).contains(value) && *value != 0.0));
    assert_eq!(state.values()[32..34], [4.0; 2]);
    assert_eq!(state.values()[48..51], [1.0; 3]);
    for padding in [15..16, 19..32, 34..48, 51..64] {
        assert!(state.values()[padding].iter().all(|&value| value == 0.0));
    }
    assert_eq!(state.values(), State::new(&LAYOUT, 3).values());
    assert_ne!(state.values()[..15], State::new(&LAYOUT, 4).values()[..15]);
    assert_eq!(LAYOUT.tensors[0].numel(), 15);
}

#[test]
fn the_version_grows_with_mutable_access() {
    let mut state = State::new(&LAYOUT, 0);
    let before = state.version();
    let _ = state.values();
    assert_eq!(state.version(), before);
    state.values_mut()[0] = 1.0;
    assert!(state.version() > before);
}

#[test]
fn gradients_cover_the_trainable_prefix() {
    let mut gradients = Gradients::zeros(&LAYOUT);
    assert_eq!(gradients.values(), [0.0; 32]);
    gradients.values_mut()[31] = 2.0;
    assert_eq!(gradients.values()[31], 2.0);
    let (values, buffers) = gradients.parts_mut();
    assert_eq!((values.len(), buffers.len()), (32, 16));
}

#[test]
fn buffers_are_committed_once() {
    let mut state = State::new(&LAYOUT, 0);
    let mut gradients = Gradients::zeros(&LAYOUT);
    gradients.commit_buffers(&mut state);
    assert_eq!(state.values()[48..51], [1.0; 3], "nothing was proposed");

    gradients.parts_mut().1[..3].fill(5.0);
    gradients.commit_buffers(&mut state);
    assert_eq!(state.values()[48..51], [5.0; 3]);

    state.values_mut()[48] = 9.0;
    gradients.commit_buffers(&mut state);
    assert_eq!(state.values()[48], 9.0, "the batch was counted already");
}
