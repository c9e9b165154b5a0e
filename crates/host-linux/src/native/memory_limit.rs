//! How much memory programs may take up together, unless the embedder says otherwise: half of what
//! there is for this process, whoever limits it. The other half is the embedder's.

use std::fs;
use std::path::Path;

use rustix::process::{Resource, getrlimit};

/// A limit, and what is used of it, in bytes.
type Room = (u64, u64);

/// Half of the least of what the computer, the control groups and the address space have.
pub fn of_programs(physmem: u64) -> u64 {
    let groups = fs::read_to_string("/proc/self/cgroup").unwrap_or_default();
    let rooms = group_rooms(&groups, Path::new("/sys/fs/cgroup"), physmem).chain(address_space());
    let free = rooms.map(|(limit, used)| limit.saturating_sub(used));
    free.chain([physmem]).min().unwrap_or(physmem) / 2
}

/// RLIMIT_AS, if there is one: pages of VMOs that no program has mapped are in this process.
fn address_space() -> Option<Room> {
    let limit = getrlimit(Resource::As).current?;
    let statm = fs::read_to_string("/proc/self/statm").ok()?;
    let pages: u64 = statm.split(' ').next()?.parse().ok()?;
    Some((limit, pages * zx_abi::PAGE_SIZE))
}

/// The rooms of the memory groups in /proc/self/cgroup, and of those above them. What Linux keeps of
/// files that nobody has used for a while is given back when it is needed, and is not used. A limit of
/// twice the computer's memory leaves all of that, whatever is used.
fn group_rooms(groups: &str, mount: &Path, physmem: u64) -> impl Iterator<Item = Room> {
    groups.lines().flat_map(move |line| {
        let mut fields = line.splitn(3, ':').skip(1);
        let (controllers, path) = (fields.next().unwrap_or(""), fields.next().unwrap_or(""));
        let files = match controllers {
            "" => Some((mount.to_owned(), "memory.max", "memory.current", "inactive_file")),
            controllers if controllers.split(',').any(|name| name == "memory") => Some((
                mount.join("memory"),
                "memory.limit_in_bytes",
                "memory.usage_in_bytes",
                "total_inactive_file",
            )),
            _ => None,
        };
        files.into_iter().flat_map(move |(root, limit, used, idle)| {
            let inner = root.join(path.trim_start_matches('/'));
            let above: Vec<_> = inner.ancestors().map(Path::to_owned).collect();
            let groups = above.into_iter().take_while(move |group| group.starts_with(&root));
            groups.filter_map(move |group| {
                let read = |file| fs::read_to_string(group.join(file)).ok();
                let number = |file| read(file)?.trim().parse::<u64>().ok();
                // "max" is no limit.
                let limit = number(limit).filter(|limit| limit / 2 < physmem)?;
                let used = number(used)?;
                let idle = read("memory.stat").and_then(|all| statistic(&all, idle));
                Some((limit, used.saturating_sub(idle.unwrap_or(0))))
            })
        })
    })
}

/// A number of a memory.stat.
fn statistic(statistics: &str, name: &str) -> Option<u64> {
    let mut lines = statistics.lines().filter_map(|line| line.split_once(' '));
    lines.find(|(key, _)| *key == name)?.1.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;

    /// A directory like /sys/fs/cgroup, which goes with it.
    struct Mount(PathBuf);

    impl Mount {
        fn new(name: &str, files: &[(&str, &str)]) -> Self {
            let mount = std::env::temp_dir().join(format!("{name}-{}", std::process::id()));
            for (path, content) in files {
                let path = mount.join(path);
                fs::create_dir_all(path.parent().unwrap()).unwrap();
                fs::write(path, content).unwrap();
            }
            Self(mount)
        }

        fn rooms(&self, groups: &str) -> Vec<Room> {
            group_rooms(groups, &self.0, 1000).collect()
        }
    }

    impl Drop for Mount {
        fn drop(&mut self) {
            fs::remove_dir_all(&self.0).unwrap();
        }
    }

    #[test]
    fn every_group_above_counts_that_has_a_limit() {
        let mount = Mount::new(
            "zirconia-cgroup2",
            &[
                ("a/memory.max", "max\n"),
                ("a/memory.current", "5\n"),
                ("a/b/memory.max", "1999\n"),
                ("a/b/memory.current", "300\n"),
                ("a/b/c/memory.max", "2000\n"),
                ("a/b/c/memory.current", "200\n"),
                ("a/d/memory.max", "500\n"),
                ("a/d/memory.current", "200\n"),
                ("a/d/memory.stat", "anon 60\nfile 140\ninactive_file 130\nactive_file 10\n"),
            ],
        );
        assert_eq!(mount.rooms("0::/a/b/c\n"), [(1999, 300)]);
        assert_eq!(mount.rooms("0::/a/d\n"), [(500, 70)]);
        assert_eq!(mount.rooms("0::/a\n"), []);
        assert_eq!(mount.rooms("0::/elsewhere\n"), []);
        assert_eq!(mount.rooms(""), []);
    }

    #[test]
    fn groups_of_the_first_version_have_files_of_other_names() {
        let mount = Mount::new(
            "zirconia-cgroup1",
            &[
                ("memory/memory.limit_in_bytes", "9223372036854771712\n"),
                ("memory/memory.usage_in_bytes", "7000\n"),
                ("memory/high/memory.limit_in_bytes", "1999\n"),
                ("memory/high/memory.usage_in_bytes", "7000\n"),
                ("memory/high/box/memory.limit_in_bytes", "500\n"),
                ("memory/high/box/memory.usage_in_bytes", "70\n"),
                // The first is without what groups below it have, and may be old.
                ("memory/high/box/memory.stat", "inactive_file 5\ntotal_inactive_file 100\n"),
            ],
        );
        let groups = "5:pids:/box\n4:cpu,memory:/high/box\n0::/\n";
        assert_eq!(mount.rooms(groups), [(500, 0), (1999, 7000)]);
    }

    #[test]
    fn programs_get_half_of_the_memory_at_most() {
        assert_eq!(of_programs(2048), 1024);
    }
}
