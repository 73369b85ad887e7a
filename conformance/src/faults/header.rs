//! Faults in the header of SMV images.

use super::{Fault, Stage, recorded, typical};
use crate::cases::Kind;

pub(super) const LIST: &[Fault] = &[
    typical(
        "header-key-missing",
        "The image header lacks CLOSE_DISTANCE.",
        Stage::File(Kind::Int, |bytes, _| {
            edit_header(bytes, |line| !line.starts_with("CLOSE_DISTANCE="), str::to_owned);
        }),
    ),
    typical(
        "header-centres-exchanged",
        "BEAM_CENTER_X and BEAM_CENTER_Y are exchanged in the image header.",
        Stage::File(Kind::Int, |bytes, _| {
            edit_header(
                bytes,
                |_| true,
                |line| match (
                    line.strip_prefix("BEAM_CENTER_X"),
                    line.strip_prefix("BEAM_CENTER_Y"),
                ) {
                    (Some(rest), _) => format!("BEAM_CENTER_Y{rest}"),
                    (_, Some(rest)) => format!("BEAM_CENTER_X{rest}"),
                    _ => line.to_owned(),
                },
            );
        }),
    ),
    typical(
        "header-sizes-exchanged",
        "SIZE1 and SIZE2 are exchanged in the image header.",
        Stage::File(Kind::Int, |bytes, _| {
            edit_header(
                bytes,
                |_| true,
                |line| match (line.strip_prefix("SIZE1"), line.strip_prefix("SIZE2")) {
                    (Some(rest), _) => format!("SIZE2{rest}"),
                    (_, Some(rest)) => format!("SIZE1{rest}"),
                    _ => line.to_owned(),
                },
            );
        }),
    ),
    typical(
        "header-closed-everywhere",
        "The line of DIALS_ORIGIN ends with a semicolon.",
        Stage::File(Kind::Int, |bytes, _| {
            edit_header(
                bytes,
                |_| true,
                |line| {
                    let open = line.starts_with("DIALS_ORIGIN") && !line.ends_with(';');
                    if open { format!("{line};") } else { line.to_owned() }
                },
            );
        }),
    ),
    recorded(
        "smv-header-padding",
        "The image header is not padded.",
        "hoidn/nanoBragg f3eb35d1",
        Stage::File(Kind::Int, |bytes, _| {
            if let Some(end) = bytes.iter().position(|&byte| byte == 0x0c) {
                let pad = bytes[end + 1..].iter().take_while(|&&byte| byte == b' ').count();
                bytes.drain(end + 1..end + 1 + pad);
            }
        }),
    ),
    recorded(
        "dials-origin-sign",
        "The third component of DIALS_ORIGIN in the image header has the other sign.",
        "cctbx/cctbx_project 89136de753",
        Stage::File(Kind::Int, |bytes, _| {
            edit_header(
                bytes,
                |_| true,
                |line| {
                    let Some((start, z)) = line.rsplit_once(',') else { return line.to_owned() };
                    match z.strip_prefix('-') {
                        Some(z) => format!("{start},{z}"),
                        None => format!("{start},-{z}"),
                    }
                },
            );
        }),
    ),
    typical(
        "header-distance-in-metres",
        "DISTANCE in the image header is in metres.",
        Stage::File(Kind::Int, |bytes, made| {
            let distance = made.experiment.detector.distance;
            edit_header(
                bytes,
                |_| true,
                |line| match line.strip_prefix("DISTANCE=") {
                    Some(_) => format!("DISTANCE={distance};"),
                    None => line.to_owned(),
                },
            );
        }),
    ),
    typical(
        "header-beam-centre-from-fbeam",
        "BEAM_CENTER_X and _Y in the image header are the beam spot along fast and slow.",
        Stage::File(Kind::Int, |bytes, made| {
            let [fast, slow] = made.experiment.detector.beam_spot.map(|spot| spot * 1000.0);
            edit_header(
                bytes,
                |_| true,
                |line| match line.split_once('=') {
                    Some(("BEAM_CENTER_X", _)) => format!("BEAM_CENTER_X={fast};"),
                    Some(("BEAM_CENTER_Y", _)) => format!("BEAM_CENTER_Y={slow};"),
                    _ => line.to_owned(),
                },
            );
        }),
    ),
];

/// Edits the header of an SMV image by lines; its length stays.
fn edit_header(bytes: &mut Vec<u8>, keep: impl Fn(&str) -> bool, line: impl Fn(&str) -> String) {
    let Some(end) = bytes.iter().position(|&byte| byte == 0x0c) else {
        return;
    };
    let text = String::from_utf8_lossy(&bytes[..end]).into_owned();
    let mut new = text.split('\n').filter(|l| keep(l)).map(line).collect::<Vec<_>>().join("\n");
    new.push('\x0c');
    let blanks = bytes[end + 1..].iter().take_while(|&&byte| byte == b' ').count();
    while new.len() < end + 1 + blanks {
        new.push(' ');
    }
    bytes.splice(..end + 1 + blanks, new.into_bytes());
}
