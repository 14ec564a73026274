//! Posters against the look's own sheets, and against titles nobody would wish on a printer.
