-- What stays as fast with a million events and ten million tickets as with ten: an index for each way to look.

-- Whether any ticket of a type was ever made, and whether any event has a picture.
CREATE INDEX tickets_of_type ON tickets (ticket_type_id);
CREATE INDEX events_by_cover ON events (cover_key) WHERE cover_key IS NOT NULL;
