-- A host took it back: then no friend asks this address to this event again, only a host does.
ALTER TABLE invitations ADD COLUMN barred BOOLEAN NOT NULL DEFAULT FALSE;
