//! What is taken from a document: commands, pictures, links, headings.

use std::fs;
use std::path::{Path, PathBuf};

use libtest_mimic::Trial;
use pulldown_cmark::{CodeBlockKind, Event, Options, Parser, Tag, TagEnd};

/// A document.
pub(crate) struct Document {
    /// Its path in the tree.
    pub(crate) name: String,
    pub(crate) commands: Vec<Command>,
    pub(crate) pictures: Vec<Picture>,
    /// Where its links lead, pictures included.
    pub(crate) links: Vec<String>,
    /// The anchors of its headings.
    pub(crate) anchors: Vec<String>,
}

/// A command.
pub(crate) struct Command {
    /// The line of the document on which it begins, counted from 1.
    pub(crate) line: usize,
    /// As a shell takes it.
    pub(crate) text: String,
    /// What the document shows of its output; empty where that is nothing.
    pub(crate) output: Vec<String>,
}

/// A picture that a document shows.
pub(crate) struct Picture {
    /// Its path in the tree.
    pub(crate) path: PathBuf,
}

impl Picture {
    pub(crate) fn file_name(&self) -> String {
        self.path.file_name().unwrap_or_default().to_string_lossy().into_owned()
    }
}

impl Document {
    pub(crate) fn read(root: &Path, name: &Path) -> Result<Document, String> {
        let text = fs::read_to_string(root.join(name))
            .map_err(|error| format!("{}: {error}", name.display()))?;
        let mut document = Document::empty(&name.to_string_lossy());
        document.take_apart(&text)?;
        Ok(document)
    }

    fn empty(name: &str) -> Document {
        Document {
            name: name.to_owned(),
            commands: Vec::new(),
            pictures: Vec::new(),
            links: Vec::new(),
            anchors: Vec::new(),
        }
    }

    /// The folder of the document in the tree.
    pub(crate) fn folder(&self) -> &Path {
        Path::new(&self.name).parent().unwrap_or(Path::new(""))
    }

    fn take_apart(&mut self, text: &str) -> Result<(), String> {
        let mut heading: Option<String> = None;
        for (event, span) in Parser::new_ext(text, Options::ENABLE_TABLES).into_offset_iter() {
            match event {
                Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(info))) => {
                    let first = text[..span.start].matches('\n').count() + 1;
                    let lines: Vec<&str> = text[span].lines().skip(1).collect();
                    // The closing fence is no line of the block.
                    let lines = &lines[..lines.len().saturating_sub(1)];
                    let commands = match info.as_ref() {
                        "sh" => plain(lines, first + 1),
                        "console" => prompted(lines, first + 1)
                            .map_err(|reason| format!("{}:{first}: {reason}", self.name))?,
                        _ => continue,
                    };
                    self.commands.extend(commands);
                }
                Event::Start(Tag::Image { dest_url, .. }) => {
                    let path = self.folder().join(dest_url.as_ref());
                    self.pictures.push(Picture { path });
                    self.links.push(dest_url.into_string());
                }
                Event::Start(Tag::Link { dest_url, .. }) => self.links.push(dest_url.into_string()),
                Event::Start(Tag::Heading { .. }) => heading = Some(String::new()),
                Event::End(TagEnd::Heading(_)) => {
                    self.anchors.extend(heading.take().map(|words| anchor(&words)));
                }
                Event::Text(words) | Event::Code(words) => {
                    if let Some(heading) = &mut heading {
                        heading.push_str(&words);
                    }
                }
                _ => {}
            }
        }
        Ok(())
    }
}

/// The anchor that readers of Markdown give a heading.
fn anchor(heading: &str) -> String {
    let kept = heading.chars().filter(|c| c.is_alphanumeric() || " -_".contains(*c));
    kept.map(|c| if c == ' ' { '-' } else { c.to_ascii_lowercase() }).collect()
}

/// The commands of a block `sh`, whose first line has a number. Empty lines and comments are none.
fn plain(lines: &[&str], first: usize) -> Vec<Command> {
    let mut commands = Vec::new();
    let mut place = 0;
    while place < lines.len() {
        let line = lines[place].trim();
        if line.is_empty() || line.starts_with('#') {
            place += 1;
            continue;
        }
        let length = length(&lines[place..]);
        let text = lines[place..place + length].join("\n");
        commands.push(Command { line: first + place, text, output: Vec::new() });
        place += length;
    }
    commands
}

/// The commands of a block `console`, each with what it prints.
fn prompted(lines: &[&str], first: usize) -> Result<Vec<Command>, String> {
    let mut commands: Vec<Command> = Vec::new();
    let mut place = 0;
    while place < lines.len() {
        let Some(start) = lines[place].strip_prefix("$ ") else {
            let command = commands.last_mut().ok_or("output without a command: call it `text`")?;
            command.output.push(lines[place].trim_end().to_owned());
            place += 1;
            continue;
        };
        let mut whole = vec![start];
        whole.extend(&lines[place + 1..]);
        let length = length(&whole);
        let text = whole[..length].join("\n");
        commands.push(Command { line: first + place, text, output: Vec::new() });
        place += length;
    }
    Ok(commands)
}

/// The number of lines of the command that begins with the first: a backslash continues it, a loop ends
/// with `done`, and a here-document with its word.
fn length(lines: &[&str]) -> usize {
    if ["for ", "while "].iter().any(|word| lines[0].trim_start().starts_with(word)) {
        let done = lines.iter().position(|line| line.split(' ').any(|word| word == "done"));
        return done.unwrap_or(0) + 1;
    }
    let mut end = 0;
    while end + 1 < lines.len() && lines[end].ends_with('\\') {
        end += 1;
    }
    let word = lines[..=end].iter().find_map(|line| line.split_once("<<"));
    if let Some((_, rest)) = word {
        let word = rest.split_whitespace().next().unwrap_or("").trim_matches('\'');
        let rest = lines[end..].iter().position(|line| *line == word);
        end += rest.unwrap_or(0);
    }
    end + 1
}

/// A document made up, with every kind of command.
const EXAMPLE: &str = "\
# A heading, `a` & b

```sh
# a comment
one -a \\
    -b

for x in 1 2; do
    two $x
done
cat > f <<'EOF'
# no comment
EOF
three
```

```text
$ nothing
```

```console
$ four
printed
$ five
```
";

/// Commands begin and end where a shell sees it.
pub(crate) fn trial() -> Trial {
    Trial::test("documents::commands-are-found", || {
        let mut document = Document::empty("x.md");
        document.take_apart(EXAMPLE)?;
        let found: Vec<_> = document
            .commands
            .iter()
            .map(|command| (command.line, command.text.as_str(), command.output.len()))
            .collect();
        let expected = [
            (5, "one -a \\\n    -b", 0),
            (8, "for x in 1 2; do\n    two $x\ndone", 0),
            (11, "cat > f <<'EOF'\n# no comment\nEOF", 0),
            (14, "three", 0),
            (22, "four", 1),
            (24, "five", 0),
        ];
        if found != expected || document.anchors != ["a-heading-a--b"] {
            return Err(format!("{found:#?}\n{:?}", document.anchors).into());
        }
        let lone = "```console\nprinted\n```\n";
        match Document::empty("y.md").take_apart(lone) {
            Ok(()) => Err("output without a command is passed over".into()),
            Err(_) => Ok(()),
        }
    })
}
