use super::*;

const NAMES: [&str; 5] =
    ["_zx_channel_read", "_zx_handle_close", "_zx_process_exit", "_zx_ticks_get", "zx_ticks_get"];
const BUCKETS: u32 = 2;
const CODE: u64 = 0x800;

fn put(image: &mut [u8], offset: usize, value: &[u8]) {
    image[offset..offset + value.len()].copy_from_slice(value);
}

/// An image whose symbol `NAMES[i]` has the value CODE + 16 * i. The last byte of the image is
/// the last one of its code.
fn image() -> Vec<u8> {
    const DYNAMIC: usize = 0x100;
    const SYMBOLS: usize = 0x200;
    const STRINGS: usize = 0x400;
    const HASH: usize = 0x600;
    let mut image = vec![0; CODE as usize + 16 * NAMES.len()];
    put(&mut image, 0, b"\x7fELF");
    put(&mut image, E_PHOFF, &64u64.to_le_bytes());
    put(&mut image, E_PHENTSIZE, &56u16.to_le_bytes());
    put(&mut image, E_PHNUM, &2u16.to_le_bytes());
    let size = image.len() as u64;
    for (header, kind, address, size) in
        [(64, PT_LOAD, 0, size), (64 + PHDR_SIZE, PT_DYNAMIC, DYNAMIC as u64, 64)]
    {
        put(&mut image, header, &kind.to_le_bytes());
        put(&mut image, header + P_VADDR, &address.to_le_bytes());
        put(&mut image, header + P_MEMSZ, &size.to_le_bytes());
    }
    let tags = [(DT_SYMTAB, SYMBOLS), (DT_STRTAB, STRINGS), (DT_GNU_HASH, HASH)];
    for (index, (tag, value)) in tags.into_iter().enumerate() {
        put(&mut image, DYNAMIC + DYN_SIZE * index, &tag.to_le_bytes());
        put(&mut image, DYNAMIC + DYN_SIZE * index + 8, &(value as u64).to_le_bytes());
    }

    // Symbols of one bucket are neighbours.
    let mut order: Vec<usize> = (0..NAMES.len()).collect();
    let bucket = |index: usize| gnu_hash(NAMES[index].as_bytes()) % BUCKETS;
    order.sort_by_key(|&index| bucket(index));
    let (mut bloom, mut buckets, mut string) = (0u64, [0u32; BUCKETS as usize], 1);
    for (position, &index) in order.iter().enumerate() {
        let symbol = SYMBOLS + SYM_SIZE * (position + 1);
        put(&mut image, STRINGS + string, NAMES[index].as_bytes());
        put(&mut image, symbol, &(string as u32).to_le_bytes());
        put(&mut image, symbol + ST_INFO, &[0x10 | STT_FUNC]);
        put(&mut image, symbol + ST_SHNDX, &1u16.to_le_bytes());
        put(&mut image, symbol + ST_VALUE, &(CODE + 16 * index as u64).to_le_bytes());
        string += NAMES[index].len() + 1;

        let hash = gnu_hash(NAMES[index].as_bytes());
        bloom |= 1 << (hash % 64) | 1 << ((hash >> 6) % 64);
        let first = &mut buckets[bucket(index) as usize];
        *first = if *first == 0 { position as u32 + 1 } else { *first };
        let last = order.get(position + 1).is_none_or(|&next| bucket(next) != bucket(index));
        let chain = hash & !1 | u32::from(last);
        put(&mut image, HASH + 32 + 4 * position, &chain.to_le_bytes());
    }
    for (index, word) in [BUCKETS, 1, 1, 6].into_iter().enumerate() {
        put(&mut image, HASH + 4 * index, &word.to_le_bytes());
    }
    put(&mut image, HASH + 16, &bloom.to_le_bytes());
    for (index, first) in buckets.into_iter().enumerate() {
        put(&mut image, HASH + 24 + 4 * index, &first.to_le_bytes());
    }
    image
}

fn offset(bytes: &[u8], name: &str) -> Option<usize> {
    let address = Image::parse(bytes)?.function(name.as_bytes())?;
    Some(address as usize - bytes.as_ptr() as usize)
}

#[test]
fn the_hash_is_that_of_gnu() {
    assert_eq!(gnu_hash(b""), 5381);
    assert_eq!(gnu_hash(b"printf"), 0x156b_2bb8);
    assert_eq!(gnu_hash(b"syscall"), 0xbac2_12a0);
}

#[test]
fn every_name_is_found_and_no_other() {
    let bytes = image();
    for (index, name) in NAMES.into_iter().enumerate() {
        assert_eq!(offset(&bytes, name), Some(CODE as usize + 16 * index), "{name}");
    }
    for name in ["", "_zx_channel_rea", "_zx_channel_read_", "zx_channel_read", "_zx_nanosleep"] {
        assert_eq!(offset(&bytes, name), None, "{name}");
    }
}

#[test]
fn every_name_passes_the_bloom_filter() {
    let mut bytes = image();
    bytes[0x610..0x618].fill(0);
    assert_eq!(offset(&bytes, NAMES[0]), None);
    bytes[0x610..0x618].fill(0xff);
    assert!(offset(&bytes, NAMES[0]).is_some());
    assert_eq!(offset(&bytes, "_zx_nanosleep"), None);
}

#[test]
fn undefined_symbols_and_data_are_not_functions() {
    for (field, value) in [(ST_INFO, 0x11u8), (ST_SHNDX, 0)] {
        let mut bytes = image();
        for symbol in 1..=NAMES.len() {
            bytes[0x200 + SYM_SIZE * symbol + field] = value;
        }
        assert_eq!(offset(&bytes, NAMES[0]), None);
    }
}

#[test]
fn damaged_images_are_refused_quietly() {
    let whole = image();
    for end in 0..whole.len() {
        let found = offset(&whole[..end], NAMES[0]);
        assert!(found.is_none_or(|offset| offset < end));
    }
    for index in 0..whole.len() {
        for value in [0, 0x7f, 0xff] {
            let mut bytes = whole.clone();
            bytes[index] = value;
            let found = offset(&bytes, NAMES[0]);
            assert!(found.is_none_or(|offset| offset < bytes.len()));
        }
    }
}
