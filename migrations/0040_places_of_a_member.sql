-- Whether somebody has places at an event is asked by everybody who opens its page or takes a place there: a step in an
-- index, however many others come.
CREATE INDEX orders_of_member_at ON orders (member_id, event_id, state, placed_at);
