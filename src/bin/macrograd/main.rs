//! The tool beside the library: `macrograd new` starts a project, `macrograd expand` shows what the compiler makes of a
//! model.
#![forbid(unsafe_code)]

mod expand;
mod new;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Arg, ArgAction, ArgMatches, Command, value_parser};

fn main() -> ExitCode {
    let matches = command().get_matches();
    let result = match matches.subcommand() {
        Some(("new", matches)) => new::new(&new_options(matches)),
        Some(("expand", matches)) => expand::expand(&expand_options(matches)),
        _ => unreachable!("a subcommand is required"),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("error: {message}");
            ExitCode::FAILURE
        }
    }
}

fn command() -> Command {
    let new = Command::new("new")
        .about("Write a project that builds and trains as it stands")
        .arg(Arg::new("folder").value_name("FOLDER").required(true).value_parser(value_parser!(PathBuf)))
        .arg(
            Arg::new("template")
                .long("template")
                .value_name("NAME")
                .default_value("table")
                .value_parser(["table", "images"])
                .help("What it learns: rows of a CSV file, or images"),
        )
        .arg(
            Arg::new("path")
                .long("path")
                .value_name("FOLDER")
                .value_parser(value_parser!(PathBuf))
                .help("A copy of macrograd's repository to build with [default: the released version]"),
        );
    let expand = Command::new("expand")
        .about("Show what the compiler makes of the models of this project: graphs, plans, loops and Rust")
        .arg(Arg::new("model").value_name("MODEL").help("A model [default: list them all]"))
        .arg(
            Arg::new("stage")
                .value_name("STAGE")
                .help("The file to print, such as `loss.loss_grad.plan` or `expansion.rs`"),
        )
        .arg(
            Arg::new("cargo")
                .value_name("CARGO OPTIONS")
                .last(true)
                .action(ArgAction::Append)
                .help("Options of `cargo check`, such as `--example train`"),
        );
    Command::new("macrograd")
        .version(env!("CARGO_PKG_VERSION"))
        .about("Starts projects with macrograd, and shows what its compiler does.")
        .subcommand_required(true)
        .arg_required_else_help(true)
        .subcommand(new)
        .subcommand(expand)
}

fn new_options(matches: &ArgMatches) -> new::Options {
    new::Options {
        folder: matches.get_one::<PathBuf>("folder").expect("clap requires it").clone(),
        template: matches.get_one::<String>("template").expect("it has a default").clone(),
        macrograd: matches.get_one::<PathBuf>("path").cloned(),
    }
}

fn expand_options(matches: &ArgMatches) -> expand::Options {
    let text = |name| matches.get_one::<String>(name).cloned();
    expand::Options {
        model: text("model"),
        stage: text("stage"),
        cargo: matches.get_many::<String>("cargo").unwrap_or_default().cloned().collect(),
    }
}
