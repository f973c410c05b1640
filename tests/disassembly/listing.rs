//! The machine code of a program, as `objdump` lists it: functions, instructions, what calls lead to.

use std::collections::HashMap;
use std::path::Path;
use std::process::Command;

/// An instruction.
pub struct Instruction {
    /// Where it lies.
    pub address: u64,
    /// `vaddps`, `call`.
    pub mnemonic: String,
    /// Operands as listed.
    pub operands: String,
}

/// A function.
pub struct Function {
    /// Its name, with generic arguments.
    pub name: String,
    /// Its instructions, in order.
    pub instructions: Vec<Instruction>,
}

/// Functions, and what the words of the global offset table point to.
pub struct Listing {
    pub functions: Vec<Function>,
    name_by_slot: HashMap<u64, String>,
}

fn objdump(program: &Path, options: &[&str]) -> String {
    let output = Command::new("objdump")
        .args(options)
        .arg(program)
        .output()
        .expect("objdump runs; install it with `apt-get install binutils`");
    assert!(output.status.success(), "objdump: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

impl Listing {
    /// Disassembles a program.
    pub fn new(program: &Path) -> Listing {
        let mut name_by_address = HashMap::new();
        for line in objdump(program, &["-t", "-C"]).lines() {
            // `00000000000f7d40 l     F .text	000000000000004e              name`
            let Some((start, rest)) = line.split_once('\t') else { continue };
            let (Some(address), Some((_, name))) = (hex(start.split(' ').next()), rest.split_once(' '))
            else {
                continue;
            };
            name_by_address.insert(address, name.trim_start().to_string());
        }
        let mut name_by_slot = HashMap::new();
        for line in objdump(program, &["-R", "-C"]).lines() {
            let words: Vec<&str> = line.split_whitespace().collect();
            let [slot, _, value] = words[..] else { continue };
            let Some(slot) = hex(Some(slot)) else { continue };
            let name = match value.strip_prefix("*ABS*+0x") {
                Some(target) => hex(Some(target)).and_then(|target| name_by_address.get(&target).cloned()),
                None => Some(value.to_string()),
            };
            name_by_slot.extend(name.map(|name| (slot, name)));
        }
        let code = objdump(program, &["-d", "-C", "--no-show-raw-insn"]);
        Listing { functions: parse_functions(&code), name_by_slot }
    }

    /// The function that an instruction takes from memory: the operand of an indirect call, or of a load before one.
    pub fn target(&self, instruction: &Instruction) -> Option<String> {
        match instruction.operands.split_once('#') {
            // `*0x151e6c(%rip)        # 26f550 <_DYNAMIC+0x2f0>`
            Some((_, slot)) => self.name_by_slot.get(&hex(slot.split_whitespace().next())?).cloned(),
            // `f7d40 <name>`
            None => {
                let (_, name) = instruction.operands.split_once('<')?;
                Some(name.trim_end_matches('>').to_string())
            }
        }
    }
}

fn hex(text: Option<&str>) -> Option<u64> {
    u64::from_str_radix(text?, 16).ok()
}

fn parse_functions(code: &str) -> Vec<Function> {
    let mut functions: Vec<Function> = Vec::new();
    for line in code.lines() {
        if let Some((_, name)) = line.strip_suffix(">:").and_then(|head| head.split_once(" <")) {
            functions.push(Function { name: name.to_string(), instructions: Vec::new() });
            continue;
        }
        // `  11d2fc:	mov    0x152265(%rip),%rbp        # 26f568 <memset@GLIBC_2.2.5>`
        let Some((address, text)) = line.split_once(":\t") else { continue };
        let (Some(address), Some(function)) = (hex(Some(address.trim())), functions.last_mut()) else {
            continue;
        };
        let (mnemonic, operands) = text.split_once(' ').unwrap_or((text, ""));
        let (mnemonic, operands) = (mnemonic.to_string(), operands.trim().to_string());
        function.instructions.push(Instruction { address, mnemonic, operands });
    }
    functions
}

impl Function {
    /// Loops: instructions from the target of a backward jump to the jump.
    fn loops(&self) -> Vec<(u64, u64)> {
        let first = self.instructions.first().map_or(0, |instruction| instruction.address);
        self.instructions
            .iter()
            .filter(|instruction| instruction.mnemonic.starts_with('j'))
            .filter_map(|jump| {
                let target = hex(jump.operands.split(' ').next())?;
                (first <= target && target <= jump.address).then_some((target, jump.address))
            })
            .collect()
    }

    /// Instructions of the loops in which there is no other loop, and that `keep` keeps by their first and last address.
    pub fn innermost(&self, keep: impl Fn(u64, u64) -> bool) -> impl Iterator<Item = &Instruction> {
        let loops = self.loops();
        let is_innermost = |&(start, end): &(u64, u64)| {
            !loops.iter().any(|&(from, to)| (from, to) != (start, end) && start <= from && to <= end)
        };
        let innermost: Vec<(u64, u64)> =
            loops.iter().copied().filter(is_innermost).filter(|&(start, end)| keep(start, end)).collect();
        self.instructions.iter().filter(move |instruction| {
            innermost.iter().any(|&(start, end)| (start..=end).contains(&instruction.address))
        })
    }
}
