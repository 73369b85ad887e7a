//! The table of settings: Hermann-Mauguin symbols and the Hall symbols that say what they mean.

/// One setting to a line: number, Hermann-Mauguin symbol, Hall symbol.
const TABLE: &str = include_str!("space_groups.txt");

/// A setting of a space group.
#[derive(Clone, Copy, Debug)]
pub(super) struct Setting {
    /// Number in the International Tables.
    pub(super) number: u32,
    /// Hermann-Mauguin symbol, without what stands behind the colon.
    pub(super) symbol: &'static str,
    /// `H`, `R`, `1`, `2`, or nothing.
    pub(super) extension: &'static str,
    /// Hall symbol.
    pub(super) hall: &'static str,
}

/// All settings, in the order of the International Tables.
pub(super) fn settings() -> impl Iterator<Item = Setting> {
    TABLE.lines().filter_map(|line| {
        let mut fields = line.split('|');
        let number = fields.next()?.parse().ok()?;
        let symbol = fields.next()?;
        let (symbol, extension) = symbol.split_once(" :").unwrap_or((symbol, ""));
        Some(Setting { number, symbol, extension, hall: fields.next()? })
    })
}

/// The Hall symbol of a Hermann-Mauguin symbol.
pub(super) fn hall_symbol(symbol: &str, cell: Option<&[f64; 6]>) -> Option<&'static str> {
    let (name, extension) = match symbol.split_once(':') {
        Some((name, extension)) => (compact(name), extension.trim().to_ascii_uppercase()),
        None => (compact(symbol), String::new()),
    };
    // The Protein Data Bank writes H for R with hexagonal axes.
    let (name, extension) = match name.strip_prefix('h') {
        Some(rest) => (format!("r{rest}"), "H".to_owned()),
        None => (name, extension),
    };
    let same = |setting: &Setting| compact(setting.symbol) == name;
    // P 21 stands for P 1 21 1.
    let short = |setting: &Setting| {
        let words = setting.symbol.split(' ').filter(|word| *word != "1");
        (3..=15).contains(&setting.number) && words.collect::<String>().to_lowercase() == name
    };
    let named = |matches: &dyn Fn(&Setting) -> bool| {
        choose(settings().filter(|setting| matches(setting)), &extension, cell)
    };
    named(&same).or_else(|| named(&short))
}

/// The Hall symbol of the standard setting of a number.
pub(super) fn hall_symbol_of_number(number: u32, cell: Option<&[f64; 6]>) -> Option<&'static str> {
    let first = settings().find(|setting| setting.number == number)?;
    choose(settings().filter(|setting| setting.symbol == first.symbol), "", cell)
}

/// The setting of an extension, or the first one; rhombohedral axes where the cell has them.
fn choose(
    mut settings: impl Iterator<Item = Setting>,
    extension: &str,
    cell: Option<&[f64; 6]>,
) -> Option<&'static str> {
    if !extension.is_empty() {
        return settings.find(|setting| setting.extension == extension).map(|found| found.hall);
    }
    let first = settings.next()?;
    if first.extension == "H" && cell.is_some_and(is_rhombohedral) {
        return settings.find(|setting| setting.extension == "R").map(|found| found.hall);
    }
    Some(first.hall)
}

/// Whether a cell has three equal edges and three equal angles other than 90 degrees.
fn is_rhombohedral(cell: &[f64; 6]) -> bool {
    let [a, b, c, alpha, beta, gamma] = *cell;
    let close = |x: f64, y: f64| (x / y - 1.0).abs() < 0.01;
    close(a, b) && close(b, c) && close(alpha, beta) && close(beta, gamma) && !close(gamma, 120.0)
}

/// A symbol without blanks and underscores, in lower case.
fn compact(symbol: &str) -> String {
    let kept = symbol.chars().filter(|c| !c.is_whitespace() && *c != '_');
    kept.collect::<String>().to_lowercase()
}
