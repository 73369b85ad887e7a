//! The parts of a Markdown file that matter here: headings, paragraphs and fenced blocks.

use std::sync::Arc;

use pulldown_cmark::{CodeBlockKind, Event, Options, Parser, Tag, TagEnd};

use super::source::{Problem, Source, Span};

/// A part of a file, in its order.
#[derive(Debug)]
pub(super) enum Part<'s> {
    /// A heading.
    Heading {
        /// 1 to 6.
        level: usize,
        /// Its words.
        text: String,
        /// Where it stands.
        span: Span,
    },
    /// Prose: a paragraph, an item of a list, a row of a table.
    Prose {
        /// Its words.
        text: String,
        /// Where it stands.
        span: Span,
    },
    /// A fenced block.
    Fence {
        /// The words behind the opening fence.
        info: Vec<&'s str>,
        /// What stands between the fences.
        body: &'s str,
        /// All of it.
        span: Span,
    },
}

/// Splits a file.
///
/// # Errors
/// A fence that does not end or is indented, and code without a fence.
pub(super) fn parts(source: &Arc<Source>) -> Result<Vec<Part<'_>>, Problem> {
    let mut parts = Vec::new();
    let mut text = String::new();
    let mut heading = None;
    let mut code = false;
    let options = Options::ENABLE_TABLES;
    for (event, span) in Parser::new_ext(&source.text, options).into_offset_iter() {
        match event {
            Event::Start(Tag::Heading { level, .. }) => {
                text.clear();
                heading = Some(level as usize);
            }
            Event::End(TagEnd::Heading(_)) => {
                if let Some(level) = heading.take() {
                    let text = std::mem::take(&mut text);
                    parts.push(Part::Heading { level, text: text.trim().to_owned(), span });
                }
            }
            Event::Start(Tag::CodeBlock(kind)) => {
                code = true;
                parts.push(fence(source, &kind, span)?);
            }
            Event::End(TagEnd::CodeBlock) => code = false,
            Event::Start(Tag::Paragraph | Tag::Item | Tag::TableRow | Tag::TableHead) => {
                flush(source, &mut parts, &mut text, &span);
            }
            Event::End(TagEnd::Paragraph | TagEnd::Item | TagEnd::TableRow | TagEnd::TableHead) => {
                flush(source, &mut parts, &mut text, &span);
            }
            Event::Html(_) | Event::InlineHtml(_) => {
                return Err(Problem::new(
                    source,
                    span,
                    "HTML could hide a clause",
                    "expected Markdown without HTML",
                ));
            }
            Event::Text(words) | Event::Code(words) if !code => text.push_str(&words),
            Event::End(TagEnd::TableCell) => text.push_str(" | "),
            Event::SoftBreak | Event::HardBreak => text.push(' '),
            _ => {}
        }
    }
    Ok(parts)
}

fn flush(source: &Source, parts: &mut Vec<Part<'_>>, text: &mut String, span: &Span) {
    if !text.trim().is_empty() {
        let text = std::mem::take(text);
        let end = span.start + source.text[span.clone()].trim_end().len();
        parts.push(Part::Prose { text: text.trim().to_owned(), span: span.start..end });
    }
    text.clear();
}

fn fence<'s>(
    source: &'s Arc<Source>,
    kind: &CodeBlockKind<'_>,
    span: Span,
) -> Result<Part<'s>, Problem> {
    let whole = source.text[span.clone()].trim_end();
    let first_line = whole.lines().next().unwrap_or("");
    let first = span.start..span.start + first_line.len();
    let problem = |title: &str, label: &str| Problem::new(source, first.clone(), title, label);
    if matches!(kind, CodeBlockKind::Indented) {
        return Err(problem(
            "code without a fence",
            "expected text, or a fenced block that starts at the margin",
        ));
    }
    if !source.text[..span.start].ends_with('\n') && span.start > 0 {
        return Err(problem("an indented fence", "expected the fence at the start of the line"));
    }
    let marks = first_line.len() - first_line.trim_start_matches(['`', '~']).len();
    let closing = whole.lines().last().unwrap_or("");
    let closed = whole.lines().count() > 1
        && closing.len() >= marks
        && closing.trim_end().chars().all(|c| first_line.starts_with(c));
    if !closed {
        return Err(problem("a fence that does not end", "expected a closing fence further down"));
    }
    let inner = whole.lines().skip(1).take(whole.lines().count().saturating_sub(2));
    if let Some(line) = inner.into_iter().find(|line| marks == 3 && line.starts_with("```")) {
        return Err(Problem::new(
            source,
            source.span_of(line),
            "a fence within a block",
            "expected the closing fence of the block above before it",
        ));
    }
    let start = span.start + (first_line.len() + 1).min(whole.len());
    let end = span.start + whole.len() - closing.len();
    Ok(Part::Fence {
        info: first_line[marks..].split_whitespace().collect(),
        body: &source.text[start..end.max(start)],
        span: first,
    })
}
