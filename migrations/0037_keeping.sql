-- What is forgotten by its age is found by its age.
CREATE INDEX reports_settled ON reports (settled_at) WHERE settled_at IS NOT NULL;
CREATE INDEX event_views_by_day ON event_views (day);
