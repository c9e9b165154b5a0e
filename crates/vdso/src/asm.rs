//! What the assemblers share: code under construction, with labels.

use zx_abi::Abi;

/// A kernel entry in the code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SyscallSite {
    /// Where the entry's instructions begin, from the start of the image. On x86-64 they are the
    /// seven bytes `mov eax, imm32; syscall`, with an [`EntryWord`](zx_abi::EntryWord).
    pub offset: u64,
    /// The number that it asks for.
    pub number: u32,
}

/// A place in the code, known once it is bound.
#[derive(Clone, Copy)]
pub(crate) struct Label(usize);

/// How an architecture encodes what depends on labels, and what fills gaps.
pub(crate) trait Isa {
    /// A breakpoint: the filler between and after functions.
    const TRAP: &'static [u8];
    /// How a branch holds its distance.
    type Branch: Copy;

    /// Fills the distance to its target into the four bytes of a branch that begin there.
    fn patch(branch: Self::Branch, bytes: [u8; 4], distance: i32) -> [u8; 4];
}

/// Instructions of every architecture.
pub(crate) trait Instructions {
    /// Enters the kernel.
    fn syscall(&mut self, number: u32);
    fn ret(&mut self);
    /// Ends the program: what a compiler writes for a trap.
    fn trap(&mut self);
    fn jump(&mut self, target: Label);
}

/// Code under construction. Each architecture adds its instructions.
pub(crate) struct Assembler<I: Isa> {
    /// The generation that the code is for.
    pub(crate) abi: Abi,
    base: u64,
    bytes: Vec<u8>,
    labels: Vec<Option<usize>>,
    branches: Vec<(usize, Label, I::Branch)>,
    sites: Vec<SyscallSite>,
}

impl<I: Isa> Assembler<I> {
    /// Code that stands at the address `base`.
    pub(crate) fn new(base: u64, abi: Abi) -> Self {
        Self {
            abi,
            base,
            bytes: Vec::new(),
            labels: Vec::new(),
            branches: Vec::new(),
            sites: Vec::new(),
        }
    }

    /// The address of the next byte.
    pub(crate) fn here(&self) -> u64 {
        self.base + self.bytes.len() as u64
    }

    pub(crate) fn put(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
    }

    /// Fills up to a multiple of 16 bytes.
    pub(crate) fn align(&mut self) {
        while !self.bytes.len().is_multiple_of(16) {
            self.put(I::TRAP);
        }
    }

    /// Notes that a kernel entry begins here.
    pub(crate) fn site(&mut self, number: u32) {
        self.sites.push(SyscallSite { offset: self.here(), number });
    }

    pub(crate) fn label(&mut self) -> Label {
        self.labels.push(None);
        Label(self.labels.len() - 1)
    }

    pub(crate) fn labels<const N: usize>(&mut self) -> [Label; N] {
        std::array::from_fn(|_| self.label())
    }

    pub(crate) fn bind(&mut self, label: Label) {
        self.labels[label.0] = Some(self.bytes.len());
    }

    /// A label bound here.
    pub(crate) fn here_label(&mut self) -> Label {
        let label = self.label();
        self.bind(label);
        label
    }

    /// Notes that the four bytes which follow are a branch's, or its distance.
    pub(crate) fn branch_to(&mut self, target: Label, branch: I::Branch) {
        self.branches.push((self.bytes.len(), target, branch));
    }

    /// The code, with every branch resolved, and its kernel entries.
    pub(crate) fn finish(mut self) -> (Vec<u8>, Vec<SyscallSite>) {
        for &(at, label, branch) in &self.branches {
            let Some(target) = self.labels[label.0] else { unreachable!("a label is not bound") };
            let field = &mut self.bytes[at..at + 4];
            let old = [field[0], field[1], field[2], field[3]];
            field.copy_from_slice(&I::patch(branch, old, target as i32 - at as i32));
        }
        (self.bytes, self.sites)
    }
}
