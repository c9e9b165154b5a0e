//! What Linux lists of processes.

use std::fs;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Waits until no other test looks at what belongs to the whole test process.
pub fn turn() -> MutexGuard<'static, ()> {
    static TURN: Mutex<()> = Mutex::new(());
    TURN.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Every descendant of a process: id and name, zombies included.
pub fn descendants(of: u32) -> Vec<(u32, String)> {
    let mut all = Vec::new();
    for entry in fs::read_dir("/proc").unwrap() {
        let Ok(pid) = entry.unwrap().file_name().to_string_lossy().parse::<u32>() else { continue };
        let Ok(stat) = fs::read_to_string(format!("/proc/{pid}/stat")) else { continue };
        // pid (name) state parent ...
        let (name, rest) = stat.split_once('(').unwrap().1.rsplit_once(')').unwrap();
        let parent: u32 = rest.split_whitespace().nth(1).unwrap().parse().unwrap();
        all.push((pid, parent, name.to_owned()));
    }
    let mut found: Vec<(u32, String)> = Vec::new();
    loop {
        let known = |pid: u32| pid == of || found.iter().any(|(known, _)| *known == pid);
        let next: Vec<_> = all
            .iter()
            .filter(|(pid, parent, _)| known(*parent) && !known(*pid))
            .map(|(pid, _, name)| (*pid, name.clone()))
            .collect();
        if next.is_empty() {
            return found;
        }
        found.extend(next);
    }
}

/// The zygotes of this process: its children. Their own children have other names only after a
/// moment.
pub fn zygotes() -> Vec<u32> {
    let parent = |pid: &u32| {
        let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
        status.contains(&format!("PPid:\t{}\n", std::process::id()))
    };
    let all = descendants(std::process::id()).into_iter();
    let named = all.filter(|(_, name)| name == "zirconia-zygote").map(|(pid, _)| pid);
    named.filter(parent).collect()
}
