//! What the assemblers share: a buffer of code with labels.

/// A kernel entry in the code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SyscallSite {
    /// Where the entry's instructions begin, from the start of the image. On x86-64 they are the
    /// seven bytes `mov eax, imm32; syscall`.
    pub offset: u64,
    /// The number that it asks for.
    pub number: u32,
}

/// A place in the code, known once it is bound.
#[derive(Clone, Copy)]
pub(crate) struct Label(usize);

/// Code under construction. `F` says how ann architecture's branch holds its target.
pub(crate) struct Buffer<F> {
    base: u64,
    bytes: Vec<u8>,
    labels: Vec<Option<usize>>,
    fixups: Vec<(usize, Label, F)>,
    sites: Vec<SyscallSite>,
}

impl<F: Copy> Buffer<F> {
    pub(crate) fn new(base: u64) -> Self {
        Self { base, bytes: Vec::new(), labels: Vec::new(), fixups: Vec::new(), sites: Vec::new() }
    }

    /// The address of the next byte.
    pub(crate) fn here(&self) -> u64 {
        self.base + self.bytes.len() as u64
    }

    pub(crate) fn put(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
    }

    /// Fills up to a multiple of 16 bytes with a trap instruction.
    pub(crate) fn align(&mut self, trap: &[u8]) {
        while !self.bytes.len().is_multiple_of(16) {
            self.put(trap);
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

    pub(crate) fn bind(&mut self, label: Label) {
        self.labels[label.0] = Some(self.bytes.len());
    }

    /// A label bound here.
    pub(crate) fn here_label(&mut self) -> Label {
        let label = self.label();
        self.bind(label);
        label
    }

    /// Notes that the instruction which begins here, or the field, depends on a label.
    pub(crate) fn fixup(&mut self, label: Label, kind: F) {
        self.fixups.push((self.bytes.len(), label, kind));
    }

    /// Resolves every fixup: `patch` gets the four bytes there and the distance to the label.
    pub(crate) fn finish(
        mut self,
        patch: impl Fn(F, [u8; 4], i32) -> [u8; 4],
    ) -> (Vec<u8>, Vec<SyscallSite>) {
        for &(at, label, kind) in &self.fixups {
            let Some(target) = self.labels[label.0] else { unreachable!("a label is not bound") };
            let field = &mut self.bytes[at..at + 4];
            let old = [field[0], field[1], field[2], field[3]];
            field.copy_from_slice(&patch(kind, old, target as i32 - at as i32));
        }
        (self.bytes, self.sites)
    }
}
