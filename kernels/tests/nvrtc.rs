//! Kernels that the compiler prints from fused loops, compiled by NVIDIA's run-time compiler, which needs no GPU.
//!
//! The library is the one that `MACROGRAD_NVRTC` names, or one in the loader's path; `pip install nvidia-cuda-nvrtc-cu12`
//! has it. Without it nothing is tested, unless `MACROGRAD_REQUIRE_NVRTC` is set.

#[path = "../../macros/compiler/tests/cuda/collect.rs"]
mod collect;
#[path = "../../macros/compiler/tests/differential/generate/mod.rs"]
#[allow(dead_code)] // shared with the tests of random models
mod generate;
#[path = "../../macros/compiler/tests/models/linker.rs"]
#[allow(dead_code)] // shared with the tests of whole models
mod linker;
#[path = "../../macros/compiler/tests/differential/random.rs"]
mod random;
#[path = "../../macros/compiler/tests/differential/recipes.rs"]
mod recipes;
#[path = "../../macros/compiler/tests/differential/recipes_of_tensors.rs"]
mod recipes_of_tensors;

use collect::Collection;
use libloading::{Library, Symbol};
use std::env::var_os;
use std::ffi::{CString, OsString, c_char, c_int, c_void};
use std::ptr;

/// Generations of GPUs: A100 and H100.
const ARCHITECTURES: [&str; 2] = ["compute_80", "compute_90"];

/// `nvrtcProgram`.
type Handle = *mut c_void;
type Create = unsafe extern "C" fn(
    *mut Handle,
    *const c_char,
    *const c_char,
    c_int,
    *const *const c_char,
    *const *const c_char,
) -> c_int;
type Compile = unsafe extern "C" fn(Handle, c_int, *const *const c_char) -> c_int;
type TextSize = unsafe extern "C" fn(Handle, *mut usize) -> c_int;
type Text = unsafe extern "C" fn(Handle, *mut c_char) -> c_int;
type Destroy = unsafe extern "C" fn(*mut Handle) -> c_int;

/// The library.
struct Nvrtc(Library);

impl Nvrtc {
    /// The library, if this machine has it.
    fn load() -> Option<Nvrtc> {
        let names: Vec<OsString> = match var_os("MACROGRAD_NVRTC") {
            Some(path) => vec![path],
            None => ["libnvrtc.so.12", "libnvrtc.so.13", "libnvrtc.so"].map(OsString::from).to_vec(),
        };
        // SAFETY: what a library named so runs when it is loaded are NVIDIA's initialisers, which ask nothing of the
        // program.
        names.iter().find_map(|name| unsafe { Library::new(name) }.ok()).map(Nvrtc)
    }

    /// A function of the library.
    ///
    /// # Safety
    /// `F` is the type that NVRTC's header declares for this name.
    unsafe fn function<F>(&self, name: &str) -> Symbol<'_, F> {
        // SAFETY: the caller says that the type is that of the function.
        let symbol = unsafe { self.0.get(name.as_bytes()) };
        symbol.unwrap_or_else(|error| panic!("NVRTC has {name}: {error}"))
    }

    /// Compiles a text for an architecture; the PTX, and what the compiler says.
    fn compile(&self, source: &str, architecture: &str) -> (Option<String>, String) {
        let text = |text: &str| CString::new(text).expect("a text has no zero bytes");
        let headers = macrograd_kernels::HEADERS.map(|(name, header)| (text(name), text(header)));
        let names = headers.each_ref().map(|(name, _)| name.as_ptr());
        let contents = headers.each_ref().map(|(_, header)| header.as_ptr());
        let (source, name) = (text(source), text("kernels.cu"));
        let options =
            ["--std=c++17", "--fmad=false", &format!("--gpu-architecture={architecture}")].map(text);
        let options = options.each_ref().map(|option| option.as_ptr());
        let mut program: Handle = ptr::null_mut();
        // SAFETY: the types are those of the header of NVRTC. Every pointer is to a string that ends in zero, or to so
        // many such pointers as the number beside it says, all of them alive until the end of the block; `program` is
        // made by the first call, used by the others and destroyed by the last.
        unsafe {
            let create = self.function::<Create>("nvrtcCreateProgram");
            let count = headers.len() as c_int;
            let made = create(
                &mut program,
                source.as_ptr(),
                name.as_ptr(),
                count,
                contents.as_ptr(),
                names.as_ptr(),
            );
            assert_eq!(made, 0, "NVRTC takes the program");
            let compile = self.function::<Compile>("nvrtcCompileProgram");
            let is_compiled = compile(program, options.len() as c_int, options.as_ptr()) == 0;
            let log = self.text("nvrtcGetProgramLogSize", "nvrtcGetProgramLog", program);
            let ptx = is_compiled.then(|| self.text("nvrtcGetPTXSize", "nvrtcGetPTX", program));
            self.function::<Destroy>("nvrtcDestroyProgram")(&mut program);
            (ptx, log)
        }
    }

    /// A text that NVRTC keeps with a program, by the functions that give its size and itself.
    ///
    /// # Safety
    /// The names are those of such functions, and the program is one that was made and is not destroyed.
    unsafe fn text(&self, size: &str, text: &str, program: Handle) -> String {
        let mut len = 0;
        // SAFETY: functions of such names have these types; the buffer has the size that NVRTC asks for.
        let bytes = unsafe {
            assert_eq!(self.function::<TextSize>(size)(program, &mut len), 0, "{size}");
            let mut bytes = vec![0u8; len];
            assert_eq!(self.function::<Text>(text)(program, bytes.as_mut_ptr().cast()), 0, "{text}");
            bytes
        };
        String::from_utf8_lossy(&bytes).trim_end_matches('\0').trim().to_string()
    }
}

#[test]
fn printed_kernels_compile_for_the_gpu() {
    let Some(nvrtc) = Nvrtc::load() else {
        assert!(var_os("MACROGRAD_REQUIRE_NVRTC").is_none(), "NVRTC is required, but cannot be loaded");
        println!("SKIPPED: NVRTC cannot be loaded; `MACROGRAD_NVRTC=/path/to/libnvrtc.so.12` names it");
        return;
    };
    let kernels = Collection::of_models().kernels;
    let source = kernels.text();
    std::thread::scope(|scope| {
        for architecture in ARCHITECTURES {
            scope.spawn({
                let (nvrtc, source, kernels) = (&nvrtc, &source, &kernels);
                move || {
                    let (ptx, log) = nvrtc.compile(source, architecture);
                    let ptx = ptx.unwrap_or_else(|| panic!("{architecture}: {log}"));
                    assert!(log.is_empty(), "{architecture}: {log}");
                    let entries = ptx.matches(".visible .entry ").count();
                    assert_eq!(entries, kernels.names().count(), "every kernel can be launched");
                    println!("{architecture}: {entries} kernels, {} bytes of PTX", ptx.len());
                }
            });
        }
    });
}

/// The file that `MACROGRAD_EMIT` writes needs nothing besides the headers.
#[test]
fn the_file_of_a_model_compiles() {
    let Some(nvrtc) = Nvrtc::load() else { return };
    let (_, dump) = linker::expand(include_str!("../../tests/models/lenet.rs"));
    let (_, text) = dump.iter().find(|(stage, _)| stage == "kernels.cu").expect("the kernels are a stage");
    let (ptx, log) = nvrtc.compile(text, ARCHITECTURES[0]);
    assert!(ptx.is_some() && log.is_empty(), "{log}\n{text}");
}
