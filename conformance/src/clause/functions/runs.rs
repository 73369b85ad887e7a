//! Functions of a run: its images, files, status.

use std::sync::Arc;

use super::{Call, Function, Value};
use crate::cases::Kind;
use crate::store::sha256;

pub(super) const FUNCTIONS: &[Function] = &[
    Function::new(
        "oracle",
        "oracle(run)",
        "the float image that the C program gives for the same command line",
        (1, 1),
        |call| call.run(0)?.oracle().map(Value::Image),
    ),
    Function::new("int", "int(run)", "the integer image, counts", (1, 1), |call| {
        call.run(0)?.image(Kind::Int).map(Value::Image)
    }),
    Function::new("noise", "noise(run)", "the noise image, counts", (1, 1), |call| {
        call.run(0)?.image(Kind::Noise).map(Value::Image)
    }),
    Function::new("pgm", "pgm(run)", "the PGM preview, grey values", (1, 1), |call| {
        call.run(0)?.image(Kind::Pgm).map(Value::Image)
    }),
    Function::new("status", "status(run)", "the exit status", (1, 1), |call| {
        Ok(Value::Number(f64::from(call.run(0)?.outcome.status)))
    }),
    Function::new("stdout", "stdout(run)", "the report on standard output", (1, 1), |call| {
        Ok(lossy(&call.run(0)?.outcome.stdout))
    }),
    Function::new("stderr", "stderr(run)", "standard error: notes and errors", (1, 1), |call| {
        Ok(Value::Text(Arc::from(call.run(0)?.outcome.stderr.as_str())))
    }),
    Function::new(
        "header",
        "header(run, \"KEY\")",
        "a value in the header of the integer image: a number, numbers between commas, or text",
        (2, 2),
        |call| header(call, Kind::Int),
    ),
    Function::new(
        "noise_header",
        "noise_header(run, \"KEY\")",
        "the same in the header of the noise image",
        (2, 2),
        |call| header(call, Kind::Noise),
    ),
    Function::new(
        "exists",
        "exists(run, \"file\")",
        "whether a file lies there after the run",
        (2, 2),
        |call| Ok(Value::Truth(call.run(0)?.file(&call.text(1)?).is_some())),
    ),
    Function::new(
        "files",
        "files(run)",
        "the number of files that the run wrote",
        (1, 1),
        |call| Ok(Value::Number(call.run(0)?.outcome.files.len() as f64)),
    ),
    Function::new("size", "size(run, \"file\")", "the size of a file, bytes", (2, 2), |call| {
        Ok(Value::Number(file(call)?.len() as f64))
    }),
    Function::new(
        "text",
        "text(run, \"file\")",
        "a file as text; bytes that are no text become �",
        (2, 2),
        |call| file(call).map(lossy),
    ),
    Function::new(
        "bytes",
        "bytes(run, \"file\", start, count)",
        "some bytes of a file as numbers",
        (4, 4),
        |call| {
            let slice = slice(call, 1)?;
            Ok(Value::List(slice.iter().map(|&byte| f64::from(byte)).collect()))
        },
    ),
    Function::new(
        "doubles",
        "doubles(run, \"file\", start, count)",
        "numbers in double precision from the byte 'start' of a file on",
        (4, 4),
        |call| {
            let mut list = Vec::new();
            for word in slice(call, 8)?.chunks_exact(8) {
                let mut bytes = [0; 8];
                bytes.copy_from_slice(word);
                list.push(f64::from_ne_bytes(bytes));
            }
            Ok(Value::List(list))
        },
    ),
    Function::new(
        "sha256",
        "sha256(run, \"file\")",
        "the digest of a file, in hexadecimal",
        (2, 2),
        |call| Ok(Value::Text(Arc::from(sha256(file(call)?).as_str()))),
    ),
    Function::new(
        "json",
        "json(run, \"file\", \"path\")",
        "a value of a JSON file, its path parted by dots",
        (3, 3),
        |call| {
            let root = serde_json::from_slice(file(call)?).map_err(|error| error.to_string())?;
            lookup(&root, &call.text(2)?)
        },
    ),
    Function::new(
        "resolved",
        "resolved(run, \"path\")",
        "a value of the resolved experiment, its path parted by dots",
        (2, 2),
        |call| {
            let experiment = call.run(0)?.line.resolve().map_err(|error| error.to_string())?;
            let root = serde_json::to_value(&experiment).map_err(|error| error.to_string())?;
            lookup(&root, &call.text(1)?)
        },
    ),
    Function::new(
        "record",
        "record(\"entry\", \"field\")",
        "a number of the benchmark record that the repository keeps",
        (2, 2),
        |call| crate::bench_record::number(&call.text(0)?, &call.text(1)?).map(Value::Number),
    ),
];

fn lossy(bytes: &[u8]) -> Value {
    Value::Text(Arc::from(String::from_utf8_lossy(bytes).as_ref()))
}

fn file(call: &Call) -> Result<&[u8], String> {
    let name = call.text(1)?;
    call.run(0)?.file(&name).ok_or_else(|| format!("there is no file {name}"))
}

fn slice(call: &Call, size: usize) -> Result<&[u8], String> {
    let bytes = file(call)?;
    let (start, count) = (call.place(2)?, call.place(3)?);
    bytes
        .get(start..start + count * size)
        .ok_or_else(|| format!("the file ends at byte {}", bytes.len()))
}

fn header(call: &Call, kind: Kind) -> Result<Value, String> {
    let value = call.run(0)?.header(&call.text(1)?, kind)?;
    let numbers: Result<Vec<f64>, _> = value.split(',').map(|word| word.trim().parse()).collect();
    Ok(match numbers {
        Ok(list) if list.len() > 1 => Value::List(list),
        _ => Value::word(&value),
    })
}

fn lookup(root: &serde_json::Value, path: &str) -> Result<Value, String> {
    let mut at = root;
    for key in path.split('.') {
        let next = match key.parse::<usize>() {
            Ok(place) if at.is_array() => at.get(place),
            _ => at.get(key),
        };
        at = next.ok_or_else(|| format!("there is no {key} of {path}"))?;
    }
    match at {
        serde_json::Value::Number(number) => {
            number.as_f64().map(Value::Number).ok_or_else(|| format!("{path} is no number"))
        }
        serde_json::Value::Bool(truth) => Ok(Value::Truth(*truth)),
        serde_json::Value::String(text) => Ok(Value::Text(Arc::from(text.as_str()))),
        serde_json::Value::Null => Ok(Value::Text(Arc::from("null"))),
        serde_json::Value::Array(items) => {
            let list: Option<Vec<f64>> = items.iter().map(serde_json::Value::as_f64).collect();
            Ok(list.map_or_else(|| Value::Text(Arc::from(at.to_string())), Value::List))
        }
        serde_json::Value::Object(_) => Ok(Value::Text(Arc::from(at.to_string()))),
    }
}
