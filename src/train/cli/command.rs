//! The command line, made from the settings of a declaration.

use std::collections::BTreeMap;
use std::ffi::OsString;

use clap::{Arg, ArgAction, ArgMatches, Command, value_parser};

use super::settings::{Setting, variable};
use super::value::{Kind, Value};

/// A subcommand, and which settings it looks at.
struct Subcommand {
    name: &'static str,
    about: &'static str,
    /// Those settings; all of them where there is no list.
    settings: Option<&'static [&'static str]>,
    args: fn() -> Vec<Arg>,
}

/// The switch of `eval` that makes no difference where data comes in two parts.
const ALL: &str = "all";

/// Settings of what only reads the data.
const OF_DATA: &[&str] = &["data", "batch", "validation", "seed", "workers", "threads", "out"];

const SUBCOMMANDS: &[Subcommand] = &[
    Subcommand {
        name: "train",
        about: "Train the model (without a subcommand, this is what happens)",
        settings: None,
        args: || {
            vec![
                switch(
                    "resume",
                    "Go on with the run in the folder, if there is one, with its settings unless others are given",
                ),
                switch("overwrite", "Replace the run in the folder, if there is one"),
                path("init", "FILE", "Start with the parameters of a trained model").conflicts_with("resume"),
                switch("quiet", "Print nothing while it trains"),
                switch("dashboard", "Show curves and metrics on the whole terminal while it trains")
                    .conflicts_with("quiet"),
            ]
        },
    },
    Subcommand {
        name: "eval",
        about: "Judge a trained model by the validation data",
        settings: Some(OF_DATA),
        args: || {
            vec![
                model_arg(),
                switch(ALL, "Judge by all of the data, and not by the part for validation alone"),
            ]
        },
    },
    Subcommand {
        name: "predict",
        about: "Print what a trained model returns for each sample, as CSV",
        settings: Some(OF_DATA),
        args: || vec![model_arg(), path("save", "FILE", "Where to write it [default: standard output]")],
    },
    Subcommand {
        name: "summary",
        about: "Print the layers of the model, their parameters and costs",
        settings: Some(&[]),
        args: Vec::new,
    },
    Subcommand {
        name: "tune",
        about: "Search for good settings, and show what each trial came to",
        settings: None,
        args: || {
            let trials = Arg::new("trials").long("trials").value_name("NUMBER").default_value("20");
            let vary = Arg::new("vary").long("vary").value_name("NAME=RANGE").action(ArgAction::Append);
            let sampler = Arg::new("sampler").long("sampler").value_name("NAME").default_value("tpe");
            vec![
                vary.help(
                    "What to vary: lr=log:1e-4..1e-1, momentum=0.5..0.99, batch=16,32,64; may be repeated",
                ),
                trials
                    .value_parser(value_parser!(u64).range(1..))
                    .help("How many trials there are in the end"),
                sampler.value_parser(["tpe", "random"]).help("How values are chosen"),
                switch("prune", "End trials early that do worse than most"),
                switch("resume", "Go on with the search in the folder, if there is one"),
                switch("overwrite", "Replace the search in the folder, if there is one"),
            ]
        },
    },
    Subcommand {
        name: "find-lr",
        about: "Raise the learning rate from step to step, and show how the loss answers",
        settings: None,
        args: || {
            let rate = |name, default, help| {
                let arg = Arg::new(name).long(name).value_name("REAL").default_value(default).help(help);
                arg.value_parser(|text: &str| Kind::Positive.parse(text).map(|value| value.as_real()))
            };
            let steps = Arg::new("steps").long("steps").value_name("NUMBER").default_value("100");
            vec![
                rate("from", "1e-7", "The first learning rate"),
                rate("to", "10", "The last learning rate"),
                steps.value_parser(value_parser!(u64).range(2..)).help("In how many steps"),
                path("save", "FILE", "Where to write the table, as CSV"),
            ]
        },
    },
    Subcommand {
        name: "bench",
        about: "Measure the speed of training and of inference",
        settings: None,
        args: || {
            let steps = Arg::new("steps").long("steps").value_name("NUMBER").default_value("200");
            vec![steps.value_parser(value_parser!(u64).range(1..)).help("How many steps to measure")]
        },
    },
    Subcommand {
        name: "export",
        about: "Write the parameters of a trained model to a safetensors file of their own",
        settings: Some(&["out"]),
        args: || {
            vec![
                model_arg(),
                Arg::new("file").value_name("FILE").required(true).value_parser(value_parser!(OsString)),
            ]
        },
    },
];

fn switch(name: &'static str, help: &'static str) -> Arg {
    Arg::new(name).long(name).action(ArgAction::SetTrue).help(help)
}

fn path(name: &'static str, value_name: &'static str, help: &'static str) -> Arg {
    Arg::new(name).long(name).value_name(value_name).value_parser(value_parser!(OsString)).help(help)
}

fn model_arg() -> Arg {
    path("model", "FILE", "The trained model [default: the best one in the folder of the run]")
}

/// The arguments of a process, with `train` where there is no subcommand.
pub(super) fn with_subcommand(mut args: Vec<OsString>) -> Vec<OsString> {
    let first = args.get(1).and_then(|arg| arg.to_str()).unwrap_or("");
    let is_general = ["-h", "--help", "-V", "--version", "help"].contains(&first);
    // A word that is no subcommand is a mistake, which clap explains.
    let is_option = first.is_empty() || first.starts_with('-');
    if is_option && !is_general {
        args.insert(1.min(args.len()), "train".into());
    }
    args
}

/// The command line of a program.
pub(super) fn command(
    name: &'static str,
    version: &'static str,
    about: String,
    settings: &[Setting],
) -> Command {
    let mut command = Command::new(name)
        .version(version)
        .about(about)
        .subcommand_required(true)
        .override_usage(format!("{name} [COMMAND] [OPTIONS]"))
        .after_help("`train --help` lists the settings. Exit code: 0 when all went well, 1 after a failure, 2 for wrong options, 130 after Ctrl-C.");
    for subcommand in SUBCOMMANDS {
        let is_wanted =
            |setting: &&Setting| subcommand.settings.is_none_or(|names| names.contains(&setting.name));
        let is_cut = settings.iter().any(|setting| setting.name == "validation");
        let args: Vec<Arg> = settings.iter().filter(is_wanted).map(setting_arg).collect();
        let mut sub = Command::new(subcommand.name)
            .about(subcommand.about)
            .args((subcommand.args)().into_iter().filter(|arg| is_cut || arg.get_id() != ALL));
        if !args.is_empty() {
            sub = sub
                .args(args)
                .arg(path("config", "FILE", "A TOML file with settings, such as the `config.toml` of a run"))
                .after_help(
                    "Settings are taken from flags first, then from environment variables (MACROGRAD_LR for --lr), then from \
                     the file, then from the declaration.",
                );
        }
        command = command.subcommand(sub);
    }
    command
}

fn setting_arg(setting: &Setting) -> Arg {
    let kind = setting.kind;
    let help = match &setting.default {
        Some(default) => format!("{} [default: {default}]", setting.help),
        None => setting.help.to_owned(),
    };
    let arg = Arg::new(setting.name)
        .long(setting.name.replace('_', "-"))
        .value_name(kind.value_name())
        .allow_negative_numbers(true)
        .value_parser(move |text: &str| kind.parse(text))
        .help(help);
    if kind == Kind::Flag { arg.num_args(0..=1).default_missing_value("true") } else { arg }
}

/// The settings that are given as flags.
pub(super) fn flags(matches: &ArgMatches, settings: &[Setting]) -> BTreeMap<&'static str, Value> {
    let given = settings.iter().filter_map(|setting| {
        let value = matches.try_get_one::<Value>(setting.name).ok()??;
        Some((setting.name, value.clone()))
    });
    given.collect()
}

/// A setting without a value that needs one.
pub(super) fn missing(name: &str) -> String {
    let (flag, variable) = (name.replace('_', "-"), variable(name));
    format!("there is no `{name}`: give it by `--{flag}`, or by {variable} in the environment")
}
