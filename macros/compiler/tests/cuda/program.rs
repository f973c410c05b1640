//! Kernels as a program for the CPU, which runs them on what it is sent.

use crate::expected::Given;
use macrograd_compiler::emit::cuda::{Argument, Kernels, Launch};
use macrograd_compiler::plan::FusedLoop;
use std::collections::HashMap;
use std::io::{BufReader, BufWriter, Read, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

/// Answers requests: buffers, then launches on them; the buffers come back. Around each buffer lies what must stay.
const MAIN: &str = r#"
#include <cstdint>
#include <tuple>

template <class T> T read()
{
    T value;
    if (std::fread(&value, sizeof value, 1, stdin) != 1) std::exit(0);
    return value;
}

constexpr size_t fence = 8;
static std::vector<std::vector<float>> buffers;

template <class T> struct Parameter {
    static T read() { return ::read<T>(); }
};
template <class T> struct Parameter<T*> {
    static T* read() { return buffers[::read<uint64_t>()].data() + fence; }
};

template <class... T> void launch(void (*kernel)(T...))
{
    const unsigned blocks = read<uint32_t>();
    const std::tuple<T...> arguments{Parameter<T>::read()...};
    on_cpu::run(blocks, [&] { std::apply(kernel, arguments); });
}

static void (*const launches[])() = {
LAUNCHES};

int main()
{
    for (;;) {
        buffers.resize(read<uint32_t>());
        for (auto& buffer : buffers) {
            const size_t len = read<uint64_t>();
            buffer.assign(len + 2 * fence, NAN);
            if (std::fread(buffer.data() + fence, sizeof(float), len, stdin) != len) return 1;
        }
        for (uint32_t count = read<uint32_t>(); count > 0; --count) launches[read<uint32_t>()]();
        for (auto& buffer : buffers) {
            for (size_t at = 0; at < fence; ++at) {
                if (buffer[at] == buffer[at] || buffer[buffer.size() - 1 - at] == buffer[buffer.size() - 1 - at]) {
                    std::fprintf(stderr, "a kernel writes beside its buffer\n");
                    return 1;
                }
            }
            std::fwrite(buffer.data() + fence, sizeof(float), buffer.size() - 2 * fence, stdout);
        }
        std::fflush(stdout);
    }
}
"#;

/// The program while it runs.
pub(crate) struct Program {
    child: Child,
    requests: BufWriter<ChildStdin>,
    answers: BufReader<ChildStdout>,
    /// Places of the kernels in the program's table.
    places: HashMap<String, u32>,
}

impl Program {
    /// Compiles kernels with the C++ compiler of the system.
    pub(crate) fn build(name: &str, kernels: &Kernels) -> Program {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("cuda");
        std::fs::create_dir_all(&folder).expect("the target folder can be written");
        let (source, program) = (folder.join(format!("{name}.cpp")), folder.join(name));
        let names: Vec<&str> = kernels.names().collect();
        let launches: String = names.iter().map(|name| format!("    [] {{ launch({name}); }},\n")).collect();
        let text = kernels.text() + &MAIN.replace("LAUNCHES", &launches);
        std::fs::write(&source, text).expect("the target folder can be written");
        let headers = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../kernels");
        let output = Command::new("c++")
            .args(["-std=c++17", "-O1", "-ffp-contract=off", "-Wall", "-Werror", "-include"])
            .args([headers.join("tests/on_cpu.h"), "-I".into(), headers.join("cuda"), "-o".into()])
            .args([&program, &source])
            .output()
            .expect("c++ runs; install it with `apt-get install g++`");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let mut child = Command::new(&program)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the program starts");
        let requests = BufWriter::new(child.stdin.take().expect("it has an input"));
        let answers = BufReader::new(child.stdout.take().expect("it has an output"));
        let places = names.into_iter().enumerate().map(|(place, name)| (name.to_string(), place as u32));
        Program { child, requests, answers, places: places.collect() }
    }

    /// Runs a loop; the elements of its stores.
    pub(crate) fn run(
        &mut self,
        fused: &FusedLoop,
        launches: &[Launch],
        given: &Given,
        blocks: u32,
    ) -> Vec<Vec<f32>> {
        // A store that takes over the memory of a load begins with what the load holds.
        let mut buffers: Vec<Vec<f32>> = Vec::new();
        for (index, store) in fused.stores.iter().enumerate() {
            buffers.push(match store.in_place {
                Some(load) => given.load(load),
                None => vec![f32::NAN; given.store_len(fused, index)],
            });
        }
        let mut buffer_of_load = Vec::new();
        for load in 0..fused.loads.len() {
            let store = fused.stores.iter().position(|store| store.in_place == Some(load));
            buffer_of_load.push(store.unwrap_or(buffers.len()));
            if store.is_none() {
                buffers.push(given.load(load));
            }
        }
        let mut request = Vec::new();
        request.extend((buffers.len() as u32).to_le_bytes());
        for buffer in &buffers {
            request.extend((buffer.len() as u64).to_le_bytes());
            buffer.iter().for_each(|value| request.extend(value.to_le_bytes()));
        }
        request.extend((launches.len() as u32).to_le_bytes());
        for launch in launches {
            request.extend(self.places[&launch.kernel].to_le_bytes());
            request.extend(blocks.to_le_bytes());
            for argument in &launch.arguments {
                match argument {
                    Argument::Size(size) => request.extend(given.sizes.value(size).to_le_bytes()),
                    Argument::Number(size) => request.extend((given.sizes.value(size) as f32).to_le_bytes()),
                    Argument::Store(store) => request.extend((*store as u64).to_le_bytes()),
                    Argument::Load(load) => request.extend((buffer_of_load[*load] as u64).to_le_bytes()),
                }
            }
        }
        let sent = self.requests.write_all(&request).and_then(|()| self.requests.flush());
        sent.unwrap_or_else(|error| panic!("{}: {error}", launches[0].kernel));
        let mut results = Vec::new();
        for buffer in &buffers {
            let mut bytes = vec![0; buffer.len() * 4];
            self.answers
                .read_exact(&mut bytes)
                .unwrap_or_else(|error| panic!("{}: {error}", launches[0].kernel));
            let words =
                bytes.chunks_exact(4).map(|word| <[u8; 4]>::try_from(word).expect("a word has 4 bytes"));
            results.push(words.map(f32::from_le_bytes).collect());
        }
        for (load, &buffer) in
            buffer_of_load.iter().enumerate().filter(|(_, buffer)| **buffer >= fused.stores.len())
        {
            let same = buffers[buffer]
                .iter()
                .zip(&results[buffer])
                .all(|(a, b): (&f32, &f32)| a.to_bits() == b.to_bits());
            assert!(same, "{} writes load {load}", launches[0].kernel);
        }
        results.truncate(fused.stores.len());
        results
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // It ends when its input does, unless it is stuck.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
