//! A member's picture: two sizes of one upload, under a name of their own. The old one is kept until the new one
//! stands, and whatever no member has in the end is removed, also after a process died half-way.
use super::{Member, MemberFact, store};
use crate::app::App;
use crate::clock::{self, Instant};
use crate::db::Tx;
use crate::error::{Error, Result};
use crate::ids::Id;
use crate::images::{AVATAR_LARGE, AVATAR_SMALL, Avatar, ImageRefusal};
use crate::jobs::{self, Job};
use crate::journal::{self, Actor};
use crate::posters;

/// Marks the ids under which pictures lie.
#[derive(Debug)]
pub struct Picture;

/// Where a size of it lies.
fn file(picture: Id<Picture>, side: u32) -> String {
    format!("avatars/{picture}-{side}.webp")
}

/// The picture and size that an address names.
pub fn named(name: &str) -> Option<String> {
    let (id, side) = name.strip_suffix(".webp")?.rsplit_once('-')?;
    let side = [AVATAR_LARGE, AVATAR_SMALL].into_iter().find(|known| known.to_string() == side)?;
    let picture: Id<Picture> = id.parse().ok()?;
    (picture.to_string() == id).then(|| file(picture, side))
}

/// Gives a member this picture, or says why it cannot be kept: then they have the one they had.
pub async fn put(app: &App, member: Id<Member>, made: Avatar) -> Result<Result<(), ImageRefusal>> {
    let picture: Id<Picture> = Id::new();
    let now = app.clock.now();
    decide!(app.db, tx, jobs::enqueue(tx, Job::ForgetPicture { picture }, now + clock::hours(1)).await)?;
    let sizes = [(file(picture, AVATAR_LARGE), made.large), (file(picture, AVATAR_SMALL), made.small)];
    if let Err(refusal) = app.files.keep(sizes).await {
        return Ok(Err(refusal));
    }
    decide!(app.db, tx, change_own(tx, member, Some(picture), now).await).map(|_| Ok(()))
}

/// What is shown while a picture cannot be: head and shoulders of nobody.
pub fn stand_in(name: &str) -> Vec<u8> {
    let ink = &posters::PALETTES[usize::from(posters::avatar_palette(name))];
    let (ground, ink) = (ink.ground, ink.ink);
    format!(
        r#"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 96 96" width="96" height="96"><path fill="{ground}" d="M0 0h96v96H0z"/><g fill="{ink}"><circle cx="48" cy="38" r="17"/><path d="M14 96a34 34 0 0 1 68 0z"/></g></svg>"#
    )
    .into_bytes()
}

/// False if there was none.
pub async fn remove(app: &App, member: Id<Member>) -> Result<bool> {
    let now = app.clock.now();
    decide!(app.db, tx, change_own(tx, member, None, now).await)
}

/// [`change`] by the member, who may be none any more by the time that the picture has arrived.
async fn change_own(tx: &mut Tx, id: Id<Member>, picture: Option<Id<Picture>>, now: Instant) -> Result<bool> {
    super::acting(tx, id).await?;
    change(tx, id, picture, now).await
}

/// Gives a member another picture, or none. False if there is none to take away.
pub async fn change(tx: &mut Tx, id: Id<Member>, picture: Option<Id<Picture>>, now: Instant) -> Result<bool> {
    let member = store::lock(tx, id).await?.ok_or(Error::NotFound)?;
    let old = member.shown.avatar.as_deref().and_then(|old| old.parse().ok());
    if old.is_none() && picture.is_none() {
        return Ok(false);
    }
    store::set_avatar(tx, id, picture).await?;
    if let Some(picture) = old {
        jobs::enqueue(tx, Job::ForgetPicture { picture }, now).await?;
    }
    journal::append(tx, &member.stream(), &MemberFact::AvatarChanged, Actor::Member(id), now).await?;
    Ok(true)
}

/// Removes the files of a picture that no member has.
pub async fn forget(app: &App, picture: Id<Picture>) -> anyhow::Result<()> {
    if store::has_avatar(&app.db, picture).await? {
        return Ok(());
    }
    app.files.delete(&file(picture, AVATAR_LARGE)).await?;
    app.files.delete(&file(picture, AVATAR_SMALL)).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_pictures_can_be_asked_for() {
        let id: Id<Picture> = Id::new();
        assert_eq!(named(&format!("{id}-96.webp")), Some(format!("avatars/{id}-96.webp")));
        let upper = id.to_string().to_uppercase();
        for wrong in [
            "",
            "x-96.webp",
            &format!("{id}-97.webp"),
            &format!("{id}-096.webp"),
            &format!("{id}.webp"),
            &format!("../{id}-96.webp"),
            &format!("{upper}x-96.webp"),
        ] {
            assert_eq!(named(wrong), None, "{wrong}");
        }
    }
}
