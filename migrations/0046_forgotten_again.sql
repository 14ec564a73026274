-- Who said yes where tickets are chosen, and chose none, was passed over: those of past events are looked at once more.
DELETE FROM settings WHERE name = 'invitations_forgotten_until';
