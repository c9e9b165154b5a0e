//! Amounts of what accounts count, as JavaScript's numbers.

use kernel_sim::{Amounts, Item};
use zx_abi::{Result, Status};

/// Changes of limits, from pairs of an item's number and an amount, which may be infinite.
///
/// # Errors
/// INVALID_ARGS for what is no such pair.
pub fn changes(pairs: &[f64]) -> Result<Vec<(Item, u64)>> {
    let (pairs, rest) = pairs.as_chunks::<2>();
    if !rest.is_empty() {
        return Err(Status::INVALID_ARGS);
    }
    let change = |[item, amount]: &[f64; 2]| {
        let item = Item::ALL.get(*item as usize).ok_or(Status::INVALID_ARGS)?;
        // Casts end at the largest number, which is no limit.
        Ok((*item, *amount as u64))
    };
    pairs.iter().map(change).collect()
}

/// The amounts in the order of their items; what has no limit is infinite.
pub fn numbers(amounts: &Amounts) -> impl Iterator<Item = f64> {
    Item::ALL.into_iter().map(|item| match amounts[item] {
        u64::MAX => f64::INFINITY,
        amount => amount as f64,
    })
}
