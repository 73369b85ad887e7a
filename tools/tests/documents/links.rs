//! Links lead somewhere.

use std::path::{Path, PathBuf};

use libtest_mimic::Trial;

use crate::markdown::Document;

/// Every link of a document into the tree leads to a file, and to a heading where it names one.
pub(crate) fn trial(root: &Path, document: &Document) -> Trial {
    let name = format!("documents::{}::links", document.name);
    let (root, folder) = (root.to_owned(), document.folder().to_owned());
    let own = (document.name.clone(), document.anchors.clone());
    let links = document.links.clone();
    Trial::test(name, move || {
        let broken: Vec<String> = links
            .iter()
            .filter(|link| !link.contains("://"))
            .filter_map(|link| follow(&root, &folder, &own, link).err())
            .collect();
        if broken.is_empty() { Ok(()) } else { Err(broken.join("\n").into()) }
    })
}

fn follow(
    root: &Path,
    folder: &Path,
    (name, anchors): &(String, Vec<String>),
    link: &str,
) -> Result<(), String> {
    let (path, anchor) = link.split_once('#').unwrap_or((link, ""));
    let path: PathBuf = if path.is_empty() { name.into() } else { folder.join(path) };
    if !root.join(&path).exists() {
        return Err(format!("{link}: there is no {}", path.display()));
    }
    if anchor.is_empty() {
        return Ok(());
    }
    let known = if path == Path::new(name) {
        anchors.iter().any(|known| known == anchor)
    } else {
        Document::read(root, &path)?.anchors.iter().any(|known| known == anchor)
    };
    if known { Ok(()) } else { Err(format!("{link}: there is no such heading")) }
}
