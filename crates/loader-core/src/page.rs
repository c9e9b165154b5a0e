//! Page arithmetic (src/lib/process_builder/src/util.rs), with the overflow that upstream ignores.

use zx_abi::PAGE_SIZE;

/// The start of the page that holds `address`.
pub(crate) const fn page_start(address: u64) -> u64 {
    address & !(PAGE_SIZE - 1)
}

/// Where in its page `address` lies.
pub(crate) const fn page_offset(address: u64) -> u64 {
    address & (PAGE_SIZE - 1)
}

/// The first page boundary at or after `address`; none in 64 bits if it is in the last page.
pub(crate) const fn page_end(address: u64) -> Option<u64> {
    match address.checked_add(PAGE_SIZE - 1) {
        Some(sum) => Some(page_start(sum)),
        None => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_aligned_address_is_its_own_page_start_and_end() {
        assert_eq!(page_start(0x3000), 0x3000);
        assert_eq!(page_end(0x3000), Some(0x3000));
        assert_eq!(page_offset(0x3000), 0);
        assert_eq!(page_end(0), Some(0));
    }

    #[test]
    fn an_address_within_a_page_rounds_to_its_edges() {
        assert_eq!(page_start(0x3fff), 0x3000);
        assert_eq!(page_end(0x3001), Some(0x4000));
        assert_eq!(page_offset(0x3abc), 0xabc);
    }

    #[test]
    fn the_last_page_has_no_end_in_64_bits() {
        let last = page_start(u64::MAX);
        assert_eq!(page_end(last), Some(last));
        assert_eq!(page_end(last + 1), None);
        assert_eq!(page_end(u64::MAX), None);
    }
}
