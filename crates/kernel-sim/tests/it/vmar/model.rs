//! Random calls on the VMARs of a process: whatever happens, nothing overlaps, everything lies
//! within what holds it, and nobody may map what a parent may not.

use kernel_sim::{Caller, MappingKind};
use zerocopy::FromBytes;
use zx_abi::{INFO_MAPS_TYPE_VMAR, INFO_VMAR_MAPS, InfoMaps, Rights, VmOptions, VmarOp};

use crate::support::{Dice, PAGE, World, basic};

const OPTIONS: [VmOptions; 8] = [
    VmOptions::PERM_READ,
    VmOptions::PERM_WRITE,
    VmOptions::PERM_EXECUTE,
    VmOptions::SPECIFIC,
    VmOptions::SPECIFIC_OVERWRITE,
    VmOptions::OFFSET_IS_UPPER_LIMIT,
    VmOptions::ALLOW_FAULTS,
    VmOptions::COMPACT,
];
const CAN_MAP: [VmOptions; 4] = [
    VmOptions::CAN_MAP_READ,
    VmOptions::CAN_MAP_WRITE,
    VmOptions::CAN_MAP_EXECUTE,
    VmOptions::CAN_MAP_SPECIFIC,
];

struct Player<'a, 'c> {
    c: &'a mut Caller<'c>,
    dice: Dice,
    process: u32,
    /// Handle, base, bytes.
    vmars: Vec<(u32, u64, u64)>,
    vmos: Vec<u32>,
}

impl Player<'_, '_> {
    /// Each of these with one chance in `odds`.
    fn some(&mut self, of: &[VmOptions], odds: u64) -> VmOptions {
        let chosen = of.iter().filter(|_| self.dice.roll(odds) == 0);
        chosen.fold(VmOptions::empty(), |all, option| all | *option)
    }

    fn step(&mut self) {
        let (vmar, base, len) = self.vmars[self.dice.roll(self.vmars.len() as u64) as usize];
        let offset = self.dice.roll(len / PAGE + 1) * PAGE;
        let pages = self.dice.roll(8) * PAGE;
        match self.dice.roll(12) {
            0 => {
                let options = self.some(&OPTIONS[3..], 4) | self.some(&CAN_MAP, 2);
                let offset = if self.dice.roll(2) == 0 { 0 } else { offset };
                let size = self.dice.roll(24) * PAGE;
                if let Ok((child, at)) = self.c.vmar_allocate(vmar, options.bits(), offset, size) {
                    if self.vmars.len() < 12 {
                        self.vmars.push((child, at, size));
                    } else {
                        self.c.handle_close(child).unwrap();
                    }
                }
            }
            1..6 => {
                let options = VmOptions::PERM_READ | self.some(&OPTIONS[1..], 3);
                let vmo = self.vmos[self.dice.roll(self.vmos.len() as u64) as usize];
                let vmo_offset = self.dice.roll(4) * PAGE;
                let offset = if self.dice.roll(2) == 0 { 0 } else { offset };
                // Whatever it says, the invariants hold.
                let _ = self.c.vmar_map(vmar, options.bits(), offset, vmo, vmo_offset, pages);
            }
            6 | 7 => {
                let _ = self.c.vmar_unmap(vmar, base + offset, pages);
            }
            8 | 9 => {
                let permissions = self.some(&OPTIONS[..3], 2).bits();
                let _ = self.c.vmar_protect(vmar, permissions, base + offset, pages);
            }
            10 => {
                let op = [VmarOp::Decommit, VmarOp::Zero, VmarOp::Commit, VmarOp::MapRange];
                let op = op[self.dice.roll(4) as usize];
                let _ = self.c.vmar_op_range(vmar, op as u32, base + offset, pages);
            }
            // The first two are the root and the playground.
            _ if self.vmars.len() > 2 && self.dice.roll(4) == 0 => {
                let index = 2 + self.dice.roll(self.vmars.len() as u64 - 2) as usize;
                let (vmar, ..) = self.vmars.swap_remove(index);
                let _ = self.c.vmar_destroy(vmar);
                self.c.handle_close(vmar).unwrap();
            }
            _ => {}
        }
    }

    fn check(&mut self) {
        let maps = self.c.process_maps(self.process).unwrap();
        // The regions that hold the next line: end and what they can map.
        let mut above: Vec<(u64, u64, VmOptions)> = Vec::new();
        // Where the next line at each depth may begin.
        let mut next: Vec<u64> = Vec::new();
        for line in &maps {
            let depth = line.depth as usize;
            above.truncate(depth);
            next.truncate(depth + 1);
            if next.len() == depth {
                next.push(0);
            }
            assert!(line.base >= next[depth], "{line:?} overlaps");
            next[depth] = line.base + line.len;
            let parent = above.last().copied();
            if let Some((start, end, _)) = parent {
                assert!(start <= line.base && line.base + line.len <= end, "{line:?}");
            }
            let parent_can = parent.map_or(VmOptions::all(), |(.., can)| can);
            match line.kind {
                MappingKind::Vmar { can_map, .. } => {
                    assert!(parent_can.contains(can_map), "{line:?}");
                    above.push((line.base, line.base + line.len, can_map));
                }
                MappingKind::Mapping { permissions, .. } => {
                    for (permission, can) in OPTIONS[..3].iter().zip(CAN_MAP) {
                        let fine = !permissions.contains(*permission) || parent_can.contains(can);
                        assert!(fine, "{line:?}");
                    }
                }
            }
        }
        for (vmar, ..) in &self.vmars {
            // A handle never allows more than its VMAR does.
            let rights = Rights::from_bits_retain(basic(self.c, *vmar).rights);
            let info = self.c.object_get_info(*vmar, INFO_VMAR_MAPS).unwrap();
            let Some(first) = info.bytes.first_chunk::<152>() else { continue };
            let first = InfoMaps::read_from_bytes(first).unwrap();
            assert_eq!((first.kind, first.depth), (INFO_MAPS_TYPE_VMAR, 0));
            let line = maps.iter().find(|line| {
                matches!(line.kind, MappingKind::Vmar { .. })
                    && (line.base, line.len) == (first.base, first.size)
            });
            let Some(MappingKind::Vmar { can_map, .. }) = line.map(|line| &line.kind) else {
                continue;
            };
            for (right, can) in [Rights::READ, Rights::WRITE, Rights::EXECUTE].iter().zip(CAN_MAP) {
                assert!(!rights.contains(*right) || can_map.contains(can));
            }
        }
    }
}

#[test]
fn nothing_overlaps_and_no_child_can_map_more_than_its_parent() {
    for seed in 0..6 {
        let world = World::with_seed(seed);
        let root_job = world.root_job();
        let before = world.stats();
        world.host(|c| {
            let (process, root) = c.process_create(root_job, b"space", 0).unwrap();
            let can = VmOptions::CAN_MAP_RXW | VmOptions::CAN_MAP_SPECIFIC;
            let len = 64 * PAGE;
            let (ground, base) = c.vmar_allocate(root, can.bits(), 0, len).unwrap();
            let vmo = c.vmo_create(8 * PAGE, 0).unwrap();
            let vmo = c.vmo_replace_as_executable(vmo, 0).unwrap();
            let weak = c.vmo_create(4 * PAGE, 0).unwrap();
            let vmars = vec![(ground, base, len), (ground, base, len)];
            let mut player =
                Player { c, dice: Dice::new(seed), process, vmars, vmos: vec![vmo, weak] };
            for step in 0..4000 {
                player.step();
                if step % 16 == 0 {
                    player.check();
                }
            }
            let mut handles: Vec<u32> = player.vmars[1..].iter().map(|vmar| vmar.0).collect();
            handles.extend([process, root, vmo, weak]);
            c.handle_close_many(&handles).unwrap();
        });
        assert_eq!(world.stats(), before, "seed {seed}");
    }
}

#[test]
fn ten_thousand_mappings_come_and_go() {
    let world = World::null();
    let root_job = world.root_job();
    let before = world.stats();
    world.host(|c| {
        let (process, root) = c.process_create(root_job, b"many", 0).unwrap();
        let vmo = c.vmo_create(PAGE, 0).unwrap();
        let compact = VmOptions::CAN_MAP_READ | VmOptions::COMPACT;
        let (tight, _) = c.vmar_allocate(root, compact.bits(), 0, 1 << 40).unwrap();
        for vmar in [root, tight] {
            let mut bases: Vec<u64> =
                (0..10_000).map(|_| c.vmar_map(vmar, 1, 0, vmo, 0, PAGE).unwrap()).collect();
            assert_eq!(crate::support::vmo_info(c, vmo).v1.num_mappings, 10_000);
            assert_eq!(crate::support::vmo_info(c, vmo).v1.share_count, 1);
            for base in &bases {
                c.vmar_unmap(vmar, *base, PAGE).unwrap();
            }
            bases.sort_unstable();
            bases.dedup();
            assert_eq!(bases.len(), 10_000);
            if vmar == tight {
                // Close together: there are never more than 256 pages to choose from.
                assert!(bases[9_999] - bases[0] < (10_000 + 256) * PAGE);
            }
        }
        assert_eq!(crate::support::vmo_info(c, vmo).v1.num_mappings, 0);
        c.handle_close_many(&[process, root, tight, vmo]).unwrap();
    });
    assert_eq!(world.stats(), before);
}
