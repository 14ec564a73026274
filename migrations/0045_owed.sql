-- Whoever pays later is told what holders are told, behind the last one who was.
CREATE INDEX orders_owed_of_event ON orders (event_id, id) WHERE state = 'held' AND hold = 'owed';
