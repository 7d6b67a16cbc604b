//! What the engine keeps of the rows of an entity: for each a line of cells, which hold classes of
//! values, keys, the audiences of its slots, and its positions in lists.

use crate::audience::Audience;
use crate::key::Code;

/// Place of a cell in the line of a row.
pub(crate) type CellId = u32;

/// The lines of an entity's rows, by the rows' numbers among those of the entity.
#[derive(Default)]
pub(crate) struct Cells {
    width: usize,
    cells: Vec<u32>,
}

impl Cells {
    pub(crate) fn new(width: usize) -> Self {
        Self {
            width,
            cells: Vec::new(),
        }
    }

    /// Gives a row its line, empty.
    pub(crate) fn make_room(&mut self, local: usize) {
        let end = (local + 1) * self.width;
        if self.cells.len() < end {
            self.cells.resize(end, 0);
        }
    }

    pub(crate) fn get(&self, local: usize, cell: CellId) -> u32 {
        let at = local * self.width + cell as usize;
        self.cells.get(at).copied().unwrap_or_default()
    }

    pub(crate) fn set(&mut self, local: usize, cell: CellId, value: u32) {
        self.cells[local * self.width + cell as usize] = value;
    }

    pub(crate) fn code(&self, local: usize, cell: CellId) -> Code {
        Code(self.get(local, cell))
    }

    pub(crate) fn audience(&self, local: usize, cell: CellId) -> Audience {
        Audience(self.get(local, cell))
    }
}
