//! In which one of its copies a page counts that they share, for programs of 2020: Zircon counted
//! it in one VMO then, and which one follows from how it kept copies (zircon/kernel/vm/vm_object_paged.cc of
//! that time). The bytes are elsewhere: here is only who would have which page.
//!
//! A copy and its original are two leaves of a tree, below a node that nobody sees, which has the
//! pages that the original had. Who writes one of those gets a copy of it, and so does each node on
//! the way there, unless nobody else sees the page any more.

use std::collections::BTreeMap;
use std::ops::Range;

use slotmap::{SlotMap, new_key_type};

use super::StoreId;

new_key_type! {
    struct NodeId;
    /// A tree of copies.
    pub(crate) struct CopiesId;
}

/// VMOs in one tree. Copies beyond that, and of more pages, are not in it: they count their own.
const MOST_LEAVES: usize = 32;
/// Pages that each of them has at most, so that what is done to all takes little time.
pub(crate) const MOST_PAGES: u64 = 256;

/// All trees.
#[derive(Debug, Default)]
pub(crate) struct AllCopies(SlotMap<CopiesId, Copies>);

/// VMOs that are copies of each other, by their stores.
#[derive(Debug)]
struct Copies {
    nodes: SlotMap<NodeId, Node>,
    leaves: Vec<(StoreId, NodeId)>,
}

#[derive(Debug)]
struct Node {
    parent: Option<NodeId>,
    /// Where it begins in its parent, in pages.
    offset: u64,
    /// Its pages from here on are not its parent's.
    limit: u64,
    /// What it has itself, by page.
    pages: BTreeMap<u64, Page>,
    /// None for leaves.
    children: Option<[NodeId; 2]>,
    /// The leaf in which its pages count; itself for leaves.
    counted: NodeId,
}

/// A page that a node has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Page {
    /// It hides a page further up and takes no room.
    zero: bool,
    /// Which of the children have it, or something else, themselves.
    split: [bool; 2],
}

/// Where the page is that a leaf sees: the node with the place in it, and the children on the way there,
/// the leaf first.
struct Seen {
    node: NodeId,
    at: u64,
    way: Vec<(NodeId, u64)>,
}

impl AllCopies {
    /// A copy was made of `pages` of a store. `own` are the pages that the original has committed.
    pub fn copied(
        &mut self,
        known: Option<CopiesId>,
        (original, size): (StoreId, u64),
        own: impl IntoIterator<Item = u64>,
        copy: StoreId,
        pages: Range<u64>,
    ) -> Option<CopiesId> {
        let id = known.unwrap_or_else(|| self.0.insert(Copies::of(original, size)));
        let tree = self.0.get_mut(id)?;
        tree.add(original, size, own, copy, pages).then_some(id)
    }

    /// Pages of a store are written.
    pub fn written(&mut self, id: CopiesId, store: StoreId, pages: Range<u64>) {
        let Some((tree, leaf)) = self.leaf(id, store) else { return };
        for page in pages.start..pages.end.min(MOST_PAGES) {
            tree.fork(leaf, page, Page::default());
        }
    }

    /// Pages of a store are zero from now on, and take no room.
    pub fn zeroed(&mut self, id: CopiesId, store: StoreId, pages: Range<u64>) {
        let Some((tree, leaf)) = self.leaf(id, store) else { return };
        for page in pages.start..pages.end.min(MOST_PAGES) {
            if tree.sees(leaf, page).is_some() {
                tree.fork(leaf, page, Page { zero: true, ..Page::default() });
            } else if let Some(leaf) = tree.nodes.get_mut(leaf) {
                leaf.pages.remove(&page);
            }
        }
    }

    /// A store has so many pages from now on.
    pub fn resized(&mut self, id: CopiesId, store: StoreId, size: u64) {
        let Some((tree, leaf)) = self.leaf(id, store) else { return };
        if let Some(leaf) = tree.nodes.get_mut(leaf) {
            leaf.pages.split_off(&size);
            leaf.limit = leaf.limit.min(size);
        }
    }

    /// A store is gone. The one that is left of a tree is returned: it is in none any more.
    pub fn gone(&mut self, id: CopiesId, store: StoreId) -> Option<StoreId> {
        let (tree, leaf) = self.leaf(id, store)?;
        tree.remove(leaf);
        let last = match tree.leaves[..] {
            [(last, _)] => last,
            _ => return None,
        };
        self.0.remove(id);
        Some(last)
    }

    /// Whether a page that a store has committed counts in it.
    pub fn counts(&self, id: CopiesId, store: StoreId, page: u64) -> bool {
        let tree = self.0.get(id);
        let leaf = tree.and_then(|tree| Some((tree, tree.leaf(store)?)));
        leaf.is_none_or(|(tree, leaf)| tree.counts(leaf, page))
    }

    /// Whether a page that a store shows may be another's.
    pub fn shares(&self, id: CopiesId, store: StoreId, page: u64) -> bool {
        let tree = self.0.get(id);
        let leaf = tree.and_then(|tree| Some((tree, tree.leaf(store)?)));
        leaf.is_some_and(|(tree, leaf)| tree.sees(leaf, page).is_some())
    }

    /// The stores in a tree.
    pub fn stores(&self, id: CopiesId) -> Vec<StoreId> {
        let leaves = self.0.get(id).map(|tree| &tree.leaves[..]);
        leaves.unwrap_or_default().iter().map(|(store, _)| *store).collect()
    }

    fn leaf(&mut self, id: CopiesId, store: StoreId) -> Option<(&mut Copies, NodeId)> {
        let tree = self.0.get_mut(id)?;
        let leaf = tree.leaf(store)?;
        Some((tree, leaf))
    }
}

impl Copies {
    fn of(store: StoreId, size: u64) -> Self {
        let mut nodes = SlotMap::with_key();
        let leaf = new_leaf(&mut nodes, 0, size);
        Self { nodes, leaves: vec![(store, leaf)] }
    }

    fn leaf(&self, store: StoreId) -> Option<NodeId> {
        self.leaves.iter().find(|(known, _)| *known == store).map(|(_, leaf)| *leaf)
    }

    fn add(
        &mut self,
        original: StoreId,
        size: u64,
        own: impl IntoIterator<Item = u64>,
        copy: StoreId,
        pages: Range<u64>,
    ) -> bool {
        let Some(left) = self.leaf(original).filter(|_| self.leaves.len() < MOST_LEAVES) else {
            return false;
        };
        for page in own {
            let known = self.nodes.get(left).is_some_and(|it| it.pages.contains_key(&page));
            if !known && self.sees(left, page).is_none() {
                self.fork(left, page, Page::default());
            }
        }
        let Some(node) = self.nodes.get_mut(left) else { return false };
        let own = std::mem::take(&mut node.pages);
        let (parent, offset, limit) = (node.parent, node.offset, node.limit);
        (node.offset, node.limit) = (0, size);
        let right = new_leaf(&mut self.nodes, pages.start, pages.end - pages.start);
        let children = Some([left, right]);
        let hidden = Node { parent, offset, limit, pages: own, children, counted: left };
        let hidden = self.nodes.insert(hidden);
        for child in [left, right] {
            if let Some(child) = self.nodes.get_mut(child) {
                child.parent = Some(hidden);
            }
        }
        self.replace_child(parent, left, hidden);
        self.leaves.push((copy, right));
        true
    }

    fn replace_child(&mut self, parent: Option<NodeId>, old: NodeId, new: NodeId) {
        let parent = parent.and_then(|parent| self.nodes.get_mut(parent));
        let children = parent.and_then(|parent| parent.children.as_mut()).into_iter().flatten();
        children.filter(|child| **child == old).for_each(|child| *child = new);
    }

    /// Which child of a node one is.
    fn side(&self, node: NodeId, child: NodeId) -> usize {
        let children = self.nodes.get(node).and_then(|node| node.children);
        usize::from(children.is_some_and(|[_, right]| right == child))
    }

    /// Where the page is that a node does not have itself and shows.
    fn sees(&self, leaf: NodeId, page: u64) -> Option<Seen> {
        let (mut node, mut at) = (leaf, page);
        if self.nodes.get(leaf)?.pages.contains_key(&page) {
            return None;
        }
        let mut way = Vec::new();
        loop {
            let child = self.nodes.get(node).filter(|child| at < child.limit)?;
            way.push((node, at));
            let parent = child.parent?;
            let side = self.side(parent, node);
            (node, at) = (parent, at.checked_add(child.offset)?);
            match self.nodes.get(node)?.pages.get(&at) {
                None => {}
                Some(page) if page.zero || page.split[side] => return None,
                Some(_) => return Some(Seen { node, at, way }),
            }
        }
    }

    /// Whether only this child of a node can see a page of it.
    fn only_sees(&self, node: NodeId, at: u64, side: usize) -> bool {
        let Some(node) = self.nodes.get(node) else { return true };
        let split = node.pages.get(&at).is_some_and(|page| page.split.contains(&true));
        let other = node.children.and_then(|children| self.nodes.get(children[1 - side]));
        let reaches =
            |other: &Node| at.checked_sub(other.offset).is_some_and(|at| at < other.limit);
        split || !other.is_some_and(reaches)
    }

    /// A leaf gets a page of its own.
    fn fork(&mut self, leaf: NodeId, page: u64, own: Page) {
        if let Some(Seen { mut node, mut at, way }) = self.sees(leaf, page) {
            for (child, in_child) in way.into_iter().rev() {
                let side = self.side(node, child);
                let moves = self.only_sees(node, at, side);
                if let Some(node) = self.nodes.get_mut(node) {
                    if moves {
                        node.pages.remove(&at);
                    } else if let Some(page) = node.pages.get_mut(&at) {
                        page.split[side] = true;
                    }
                }
                if let Some(child) = self.nodes.get_mut(child) {
                    child.pages.insert(in_child, Page::default());
                }
                (node, at) = (child, in_child);
            }
        }
        if let Some(leaf) = self.nodes.get_mut(leaf) {
            leaf.pages.insert(page, own);
        }
    }

    fn counts(&self, leaf: NodeId, page: u64) -> bool {
        let Some(Seen { node, at, way }) = self.sees(leaf, page) else { return true };
        let Some((child, _)) = way.last() else { return true };
        let owner = if self.only_sees(node, at, self.side(node, *child)) { *child } else { node };
        self.nodes.get(owner).is_none_or(|owner| owner.counted == leaf)
    }

    fn remove(&mut self, leaf: NodeId) {
        self.leaves.retain(|(_, known)| *known != leaf);
        let parent = self.nodes.remove(leaf).and_then(|leaf| leaf.parent);
        let Some(parent_id) = parent else { return };
        let side = self.side(parent_id, leaf);
        self.pass_on(parent_id, leaf);
        let Some(parent) = self.nodes.remove(parent_id) else { return };
        let Some(children) = parent.children else { return };
        let heir_id = children[1 - side];
        self.replace_child(parent.parent, parent_id, heir_id);
        let Some(heir) = self.nodes.get_mut(heir_id) else { return };
        // What the heir cannot see goes.
        for (at, page) in parent.pages {
            let seen = at.checked_sub(heir.offset).filter(|at| *at < heir.limit);
            if let Some(at) = seen.filter(|_| !page.split[1 - side]) {
                heir.pages.entry(at).or_insert(Page { split: [false; 2], ..page });
            }
        }
        heir.limit = heir.limit.min(parent.limit.saturating_sub(heir.offset));
        heir.offset += parent.offset;
        heir.parent = parent.parent;
    }

    /// The pages that counted in a leaf count in the leaf beside its part of the tree.
    fn pass_on(&mut self, from: NodeId, leaf: NodeId) {
        let mut child = from;
        while let Some(parent_id) = self.nodes.get(child).and_then(|child| child.parent)
            && let Some(parent) = self.nodes.get(parent_id).filter(|it| it.counted == leaf)
        {
            let side = self.side(parent_id, child);
            let beside = parent.children.and_then(|children| self.nodes.get(children[1 - side]));
            let counted = beside.map_or(leaf, |beside| beside.counted);
            if let Some(parent) = self.nodes.get_mut(parent_id) {
                parent.counted = counted;
            }
            child = parent_id;
        }
    }
}

fn new_leaf(nodes: &mut SlotMap<NodeId, Node>, offset: u64, limit: u64) -> NodeId {
    let (parent, pages, children) = (None, BTreeMap::new(), None);
    nodes.insert_with_key(|counted| Node { parent, offset, limit, pages, children, counted })
}
