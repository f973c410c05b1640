//! What tells two declarations of a model apart whose tensors are the same.

use std::fmt::Write as _;

use macrograd_runtime::state::Layout;

/// A hash of the tensors of a model and the graphs of its functions: what is computed, in which order, with which
/// settings; not names of variables, places in files, or how parameters start.
pub(crate) fn declaration(layout: &Layout, graphs: &[(&str, &str)]) -> String {
    let mut hash = Fnv(0xcbf2_9ce4_8422_2325);
    for tensor in layout.tensors {
        write!(hash, "{} {:?};", tensor.name, tensor.shape).expect("a hash takes any text");
    }
    for (name, graph) in graphs {
        write!(hash, "{name}:{graph};").expect("a hash takes any text");
    }
    format!("{:016x}", hash.0)
}

/// FNV-1a, 64 bits.
///
/// # Source
/// RFC 9923.
struct Fnv(u64);

impl std::fmt::Write for Fnv {
    fn write_str(&mut self, text: &str) -> std::fmt::Result {
        for &byte in text.as_bytes() {
            self.0 = (self.0 ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_is_fnv_1a() {
        for (text, expected) in
            [("", 0xcbf2_9ce4_8422_2325), ("a", 0xaf63_dc4c_8601_ec8c), ("foobar", 0x8594_4171_f739_67e8)]
        {
            let mut hash = Fnv(0xcbf2_9ce4_8422_2325);
            hash.write_str(text).unwrap();
            assert_eq!(hash.0, expected, "{text}");
        }
    }
}
