//! The words of a CIF file (<https://www.iucr.org/resources/cif/spec/version1.1/cifsyntax>).

/// A word.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Token<'a> {
    /// `data_NAME`.
    Data(&'a str),
    /// `loop_`.
    Loop,
    /// `save_NAME` or `save_`, of dictionaries.
    Frame,
    /// A name, with its underscore.
    Tag(&'a str),
    /// A value without its quotes.
    Value(&'a str),
}

/// Takes a text apart.
pub(super) struct Lexer<'a> {
    bytes: &'a [u8],
    at: usize,
    line: usize,
}

/// What is wrong, and in which line.
type Bad = (usize, String);

impl<'a> Lexer<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        let at = if bytes.starts_with(b"\xef\xbb\xbf") { 3 } else { 0 };
        Lexer { bytes, at, line: 1 }
    }

    /// The line reached, counted from 1.
    pub(super) fn line(&self) -> usize {
        self.line
    }

    /// The next word and its line.
    pub(super) fn next(&mut self) -> Result<Option<(usize, Token<'a>)>, Bad> {
        self.skip_space();
        let line = self.line;
        let Some(&first) = self.bytes.get(self.at) else {
            return Ok(None);
        };
        if first == b';' && self.at_line_start() {
            return Ok(Some((line, Token::Value(self.text_field()?))));
        }
        if first == b'\'' || first == b'"' {
            return Ok(Some((line, Token::Value(self.quoted(first)?))));
        }
        let word = self.word(self.until(|b| b.is_ascii_whitespace()))?;
        let reserved = |start: &str| {
            word.get(..start.len())
                .filter(|head| head.eq_ignore_ascii_case(start))
                .map(|_| &word[start.len()..])
        };
        let token = if first == b'_' {
            Token::Tag(word)
        } else if let Some(name) = reserved("data_") {
            Token::Data(name)
        } else if word.eq_ignore_ascii_case("loop_") {
            Token::Loop
        } else if reserved("save_").is_some() {
            Token::Frame
        } else if word.eq_ignore_ascii_case("stop_") || word.eq_ignore_ascii_case("global_") {
            return Err((line, format!("{word} is a word of STAR, not of CIF")));
        } else {
            Token::Value(word)
        };
        Ok(Some((line, token)))
    }

    fn at_line_start(&self) -> bool {
        self.at == 0 || matches!(self.bytes[self.at - 1], b'\n' | b'\r')
    }

    fn skip_space(&mut self) {
        while let Some(&byte) = self.bytes.get(self.at) {
            match byte {
                b'\n' => self.line += 1,
                b'#' => {
                    self.at = self.until(|b| b == b'\n');
                    continue;
                }
                _ if byte.is_ascii_whitespace() || byte == 0x1a => {}
                _ => break,
            }
            self.at += 1;
        }
    }

    /// The place of the first byte from here on that is an end, or of the end of the file.
    fn until(&self, is_end: impl Fn(u8) -> bool) -> usize {
        let rest = &self.bytes[self.at..];
        self.at + rest.iter().position(|&b| is_end(b)).unwrap_or(rest.len())
    }

    /// What stands up to a place, which is reached.
    fn word(&mut self, end: usize) -> Result<&'a str, Bad> {
        let line = self.line;
        let bytes = &self.bytes[self.at..end];
        self.at = end;
        self.line += bytes.iter().filter(|&&b| b == b'\n').count();
        std::str::from_utf8(bytes).map_err(|_| (line, "bytes that are no text".to_owned()))
    }

    /// A value between quotes, which end where white space follows.
    fn quoted(&mut self, quote: u8) -> Result<&'a str, Bad> {
        self.at += 1;
        let rest = &self.bytes[self.at..];
        let line_end = self.until(|b| b == b'\n') - self.at;
        let is_end =
            |&at: &usize| rest[at] == quote && rest.get(at + 1).is_none_or(u8::is_ascii_whitespace);
        let Some(end) = (0..line_end).find(is_end) else {
            return Err((self.line, format!("no {} at the end of a value", char::from(quote))));
        };
        let value = self.word(self.at + end)?;
        self.at += 1;
        Ok(value)
    }

    /// A value of several lines between two semicolons that begin a line.
    fn text_field(&mut self) -> Result<&'a str, Bad> {
        self.at += 1;
        let rest = &self.bytes[self.at..];
        let Some(end) = rest.windows(2).position(|pair| matches!(pair, b"\n;" | b"\r;")) else {
            return Err((self.line, "a text that begins with ; and does not end".into()));
        };
        let value = self.word(self.at + end)?;
        // The line feed, and the semicolon.
        self.line += usize::from(self.bytes[self.at] == b'\n');
        self.at += 2;
        Ok(value)
    }
}

#[cfg(test)]
mod tests {
    use super::{Lexer, Token};

    fn words(text: &str) -> Result<Vec<(usize, String)>, (usize, String)> {
        let mut lexer = Lexer::new(text.as_bytes());
        let mut words = Vec::new();
        while let Some((line, token)) = lexer.next()? {
            words.push((line, format!("{token:?}")));
        }
        Ok(words)
    }

    #[test]
    fn words_of_every_kind() {
        let text = "\u{feff}# comment\nDATA_x loop_ _a.b\r\n'it''s' \"a b\" 'don't' ?\n;one\ntwo ;\n; -1.5 #end\nsave_f x#y";
        let expected = [
            (2, Token::Data("x")),
            (2, Token::Loop),
            (2, Token::Tag("_a.b")),
            (3, Token::Value("it''s")),
            (3, Token::Value("a b")),
            (3, Token::Value("don't")),
            (3, Token::Value("?")),
            (4, Token::Value("one\ntwo ;")),
            (6, Token::Value("-1.5")),
            (7, Token::Frame),
            (7, Token::Value("x#y")),
        ];
        let expected: Vec<_> =
            expected.iter().map(|(line, token)| (*line, format!("{token:?}"))).collect();
        assert_eq!(words(text).expect("words"), expected);
    }

    #[test]
    fn what_does_not_end_is_refused_with_its_line() {
        assert_eq!(words("data_x\n_a 'b\nc'").expect_err("open").0, 2);
        assert_eq!(words("data_x\n_a\n;b\nc").expect_err("open").0, 3);
        assert_eq!(words("data_x\nstop_").expect_err("STAR").0, 2);
        assert!(Lexer::new(b"\xff\xfe").next().is_err());
        assert_eq!(words("").expect("nothing"), []);
    }
}
