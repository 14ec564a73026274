-- When the provider last said that money of a payment is on its way, by a way of paying that takes days; none if never.
-- That it is, is a fact. What is on its way already is asked about within minutes.
ALTER TABLE payments ADD COLUMN on_its_way_at BIGINT;
