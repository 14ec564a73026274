-- What everybody may see of a member besides the name.
ALTER TABLE members ADD COLUMN handle TEXT;
-- Markdown.
ALTER TABLE members ADD COLUMN bio TEXT NOT NULL DEFAULT '';
-- Names the files of the picture.
ALTER TABLE members ADD COLUMN avatar TEXT;
CREATE INDEX members_by_avatar ON members (avatar) WHERE avatar IS NOT NULL;
-- Handles in lower case, whose each is: two people who want one at the same moment do not both get it.
CREATE TABLE handles (
    handle_key TEXT PRIMARY KEY,
    member_id TEXT NOT NULL REFERENCES members (id) ON DELETE CASCADE
);
CREATE INDEX handles_of_member ON handles (member_id);
