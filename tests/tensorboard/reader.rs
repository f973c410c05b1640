//! A reader of event files that shares nothing with the writer: records with checksums, and fields of messages.

use std::path::Path;

/// A record, as far as all events have the same fields.
pub struct Event {
    pub wall_time: f64,
    pub step: u64,
    pub fields: Vec<Field>,
}

impl Event {
    /// The fields of a message in this event.
    pub fn message(&self, number: u64) -> Vec<Field> {
        fields(only(&self.fields, number).bytes())
    }
}

/// A field of a message.
#[derive(Debug)]
pub struct Field {
    pub number: u64,
    value: Value,
}

#[derive(Debug)]
enum Value {
    Integer(u64),
    Fixed64([u8; 8]),
    Fixed32([u8; 4]),
    Bytes(Vec<u8>),
}

impl Field {
    #[track_caller]
    pub fn integer(&self) -> u64 {
        let Value::Integer(value) = self.value else { panic!("{self:?} is no integer") };
        value
    }

    #[track_caller]
    pub fn double(&self) -> f64 {
        let Value::Fixed64(bytes) = self.value else { panic!("{self:?} is no double") };
        f64::from_le_bytes(bytes)
    }

    #[track_caller]
    pub fn float(&self) -> f32 {
        let Value::Fixed32(bytes) = self.value else { panic!("{self:?} is no float") };
        f32::from_le_bytes(bytes)
    }

    #[track_caller]
    pub fn bytes(&self) -> &[u8] {
        let Value::Bytes(bytes) = &self.value else { panic!("{self:?} has no bytes") };
        bytes
    }

    /// The numbers of a packed list.
    #[track_caller]
    pub fn doubles(&self) -> Vec<f64> {
        let (doubles, rest) = self.bytes().as_chunks::<8>();
        assert!(rest.is_empty());
        doubles.iter().map(|&bytes| f64::from_le_bytes(bytes)).collect()
    }
}

/// The field of this number, of which there is one. A number that is 0 is not written.
#[track_caller]
pub fn only(fields: &[Field], number: u64) -> &Field {
    let mut found = fields.iter().filter(|field| field.number == number);
    let first = found.next().unwrap_or_else(|| panic!("there is no field {number} in {fields:?}"));
    assert!(found.next().is_none(), "field {number} is there twice");
    first
}

/// All events of a file.
#[track_caller]
pub fn read(path: &Path) -> Vec<Event> {
    let bytes = std::fs::read(path).expect("the file is there");
    let mut rest = &bytes[..];
    let mut events = Vec::new();
    while !rest.is_empty() {
        let len = take::<8>(&mut rest);
        assert_eq!(
            take::<4>(&mut rest),
            masked(crc32c(&len)),
            "checksum of the length of event {}",
            events.len()
        );
        let (data, after) = rest.split_at(u64::from_le_bytes(len) as usize);
        rest = after;
        assert_eq!(take::<4>(&mut rest), masked(crc32c(data)), "checksum of event {}", events.len());
        let fields = fields(data);
        let step = fields.iter().find(|field| field.number == 2).map_or(0, Field::integer);
        events.push(Event { wall_time: only(&fields, 1).double(), step, fields });
    }
    events
}

/// The fields of a message.
#[track_caller]
pub fn fields(mut message: &[u8]) -> Vec<Field> {
    let mut fields = Vec::new();
    while !message.is_empty() {
        let key = varint(&mut message);
        let value = match key & 7 {
            0 => Value::Integer(varint(&mut message)),
            1 => Value::Fixed64(take(&mut message)),
            2 => {
                let len = varint(&mut message) as usize;
                let (bytes, rest) = message.split_at(len);
                message = rest;
                Value::Bytes(bytes.to_vec())
            }
            5 => Value::Fixed32(take(&mut message)),
            other => panic!("wire type {other}"),
        };
        fields.push(Field { number: key >> 3, value });
    }
    fields
}

#[track_caller]
fn take<const N: usize>(bytes: &mut &[u8]) -> [u8; N] {
    let (first, rest) = bytes.split_first_chunk().expect("a whole record");
    *bytes = rest;
    *first
}

fn varint(bytes: &mut &[u8]) -> u64 {
    let (mut value, mut shift) = (0, 0);
    loop {
        let [byte] = take(bytes);
        value |= u64::from(byte & 127) << shift;
        if byte < 128 {
            return value;
        }
        shift += 7;
    }
}

/// CRC-32C, bit by bit.
fn crc32c(bytes: &[u8]) -> u32 {
    let mut crc = u32::MAX;
    for &byte in bytes {
        crc ^= u32::from(byte);
        for _ in 0..8 {
            crc = if crc & 1 == 1 { crc >> 1 ^ 0x82f6_3b78 } else { crc >> 1 };
        }
    }
    !crc
}

fn masked(crc: u32) -> [u8; 4] {
    crc.rotate_right(15).wrapping_add(0xa282_ead8).to_le_bytes()
}

#[test]
fn the_checksum_is_that_of_its_standard() {
    // RFC 3720, appendix B.4.
    assert_eq!(crc32c(&[0; 32]), 0x8a91_36aa);
    assert_eq!(crc32c(&[0xff; 32]), 0x62a8_ab43);
    assert_eq!(crc32c(b"123456789"), 0xe306_9283);
}
