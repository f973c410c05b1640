//! Records with checksums.

use crc::{CRC_32_ISCSI, Crc, Table};

/// CRC-32C, sixteen bytes at a time.
static CRC: Crc<u32, Table<16>> = Crc::<u32, Table<16>>::new(&CRC_32_ISCSI);

/// Appends a record: length (8 bytes), its checksum (4), data, their checksum (4), numbers little-endian.
pub fn append(records: &mut Vec<u8>, data: &[u8]) {
    let len = (data.len() as u64).to_le_bytes();
    records.extend(len);
    records.extend(masked_crc(&len).to_le_bytes());
    records.extend(data);
    records.extend(masked_crc(data).to_le_bytes());
}

/// A checksum that is not itself a part of the checksums of data that hold it.
fn masked_crc(bytes: &[u8]) -> u32 {
    CRC.checksum(bytes).rotate_right(15).wrapping_add(0xa282_ead8)
}
