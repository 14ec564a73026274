-- Whose money is on its way is told what holders are told, as whoever pays later is.
DROP INDEX orders_owed_of_event;
CREATE INDEX orders_expected_of_event ON orders (event_id, id) WHERE state = 'held' AND hold IN ('owed', 'on_its_way');
