//! What the sessions of debuggers are about.

struct Account {
    owner: String,
    balance: i64,
}

impl Account {
    fn new(owner: &str, balance: i64) -> Account {
        Account { owner: owner.into(), balance }
    }
}

fn withdraw(account: &mut Account, amount: i64) -> i64 {
    let left = account.balance - amount;
    assert!(left >= 0, "{} has only {}", account.owner, account.balance);
    account.balance = left;
    left
}

#[test]
fn pays() {
    let mut account = Account::new("Ada", 100);
    assert_eq!(withdraw(&mut account, 30), 70);
}

#[test]
#[should_panic(expected = "Grace has only 100")]
fn refuses() {
    let mut account = Account::new("Grace", 100);
    withdraw(&mut account, 300);
}
