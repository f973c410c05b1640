//! What a declaration can name: its keys, optimizers, schedules and metrics, with the settings of each.

/// Which values a setting takes; the facade has the same names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A real above 0.
    Positive,
    /// A real that is at least 0.
    AtLeastZero,
    /// A real that is at least 1.
    AtLeastOne,
    /// A real that is at most 0.
    AtMostZero,
    /// A real above 0 and below 1.
    Between,
    /// A real from 0 to below 1.
    BelowOne,
    /// A real from 0 to 1.
    Part,
    /// A whole number from 1 on.
    Count,
    /// A whole number from 0 on.
    Whole,
    /// `true` or `false`.
    Flag,
    /// A path.
    Path,
}

impl Kind {
    /// Its variant in the facade.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Positive => "Positive",
            Kind::AtLeastZero => "AtLeastZero",
            Kind::AtLeastOne => "AtLeastOne",
            Kind::AtMostZero => "AtMostZero",
            Kind::Between => "Between",
            Kind::BelowOne => "BelowOne",
            Kind::Part => "Part",
            Kind::Count => "Count",
            Kind::Whole => "Whole",
            Kind::Flag => "Flag",
            Kind::Path => "Path",
        }
    }

    /// What is expected, for messages.
    pub fn expected(self) -> &'static str {
        match self {
            Kind::Positive => "a number above 0",
            Kind::AtLeastZero => "a number that is at least 0",
            Kind::AtLeastOne => "a number that is at least 1",
            Kind::AtMostZero => "a number that is at most 0",
            Kind::Between => "a number above 0 and below 1",
            Kind::BelowOne => "a number from 0 to below 1",
            Kind::Part => "a number from 0 to 1",
            Kind::Count => "a whole number, at least 1",
            Kind::Whole => "a whole number, at least 0",
            Kind::Flag => "`true` or `false`",
            Kind::Path => "a text",
        }
    }

    /// Whether values are whole numbers.
    pub fn is_whole(self) -> bool {
        matches!(self, Kind::Count | Kind::Whole)
    }

    /// Whether a number in the declaration is one of these.
    pub fn allows(self, value: f64) -> bool {
        match self {
            Kind::Positive => value > 0.0,
            Kind::AtLeastZero => value >= 0.0,
            Kind::AtLeastOne => value >= 1.0,
            Kind::AtMostZero => value <= 0.0,
            Kind::Between => value > 0.0 && value < 1.0,
            Kind::BelowOne => (0.0..1.0).contains(&value),
            Kind::Part => (0.0..=1.0).contains(&value),
            Kind::Count => value >= 1.0 && value.fract() == 0.0,
            Kind::Whole => value >= 0.0 && value.fract() == 0.0,
            Kind::Flag | Kind::Path => false,
        }
    }
}

/// A setting of an optimizer or a schedule.
pub struct Field {
    /// As it is written.
    pub name: &'static str,
    /// Which values it takes.
    pub kind: Kind,
    /// As Rust; empty where it has to be given.
    pub default: &'static str,
    /// What `--help` says.
    pub help: &'static str,
}

/// An optimizer or a schedule.
pub struct Choice {
    /// As it is written.
    pub name: &'static str,
    /// Its settings.
    pub fields: &'static [Field],
    /// How it is made: Rust over variables with the names of the fields, below `macrograd::optim`.
    pub build: &'static str,
}

const fn field(name: &'static str, kind: Kind, default: &'static str, help: &'static str) -> Field {
    Field { name, kind, default, help }
}

const LR: Field = field("lr", Kind::AtLeastZero, "", "Learning rate");
const BETA1: Field = field("beta1", Kind::BelowOne, "0.9", "Decay of the mean of gradients");
const BETA2: Field = field("beta2", Kind::BelowOne, "0.999", "Decay of the mean of their squares");
const EPS: Field = field("eps", Kind::Positive, "1e-8", "What is added to the denominator of a step");
const L2: Field = field("weight_decay", Kind::AtLeastZero, "0.0", "Weight decay, as part of the gradient");
const DECOUPLED: Field =
    field("decoupled", Kind::Flag, "false", "Whether weight decay does not pass through the gradient");
const MOMENTUM: Field = field("momentum", Kind::AtLeastZero, "0.0", "Factor on the velocity");
const AMSGRAD: Field = field("amsgrad", Kind::Flag, "false", "Whether steps never grow");

const fn decay(default: &'static str) -> Field {
    field(
        "weight_decay",
        Kind::AtLeastZero,
        default,
        "Part of a parameter that a step takes away, times the rate",
    )
}

/// Optimizers; the defaults are those of their `new`, which a test of the facade
/// compares.
pub const OPTIMIZERS: &[Choice] = &[
    Choice {
        name: "Adadelta",
        fields: &[
            LR,
            field("rho", Kind::BelowOne, "0.9", "Decay of the means of squares"),
            field("eps", Kind::Positive, "1e-6", "What is added to the denominator of a step"),
            L2,
        ],
        build: "Adadelta::new(lr).rho(rho).eps(eps).weight_decay(weight_decay)",
    },
    Choice {
        name: "Adafactor",
        fields: &[
            LR,
            field(
                "beta2_decay",
                Kind::AtMostZero,
                "-0.8",
                "Power of the step that the means of squares follow",
            ),
            field("d", Kind::AtLeastOne, "1.0", "Largest root mean square of a step"),
            decay("0.0"),
        ],
        build: "Adafactor::new(lr).beta2_decay(beta2_decay).d(d).weight_decay(weight_decay)",
    },
    Choice {
        name: "Adagrad",
        fields: &[
            LR,
            field("lr_decay", Kind::AtLeastZero, "0.0", "Decay of the learning rate"),
            field("eps", Kind::Positive, "1e-10", "What is added to the denominator of a step"),
            L2,
        ],
        build: "Adagrad::new(lr).lr_decay(lr_decay).eps(eps).weight_decay(weight_decay)",
    },
    Choice {
        name: "Adam",
        fields: &[LR, BETA1, BETA2, EPS, L2, AMSGRAD],
        build: "Adam::new(lr).betas(beta1, beta2).eps(eps).weight_decay(weight_decay).amsgrad(amsgrad)",
    },
    Choice {
        name: "AdamW",
        fields: &[LR, BETA1, BETA2, EPS, decay("0.01"), AMSGRAD],
        build: "AdamW::new(lr).betas(beta1, beta2).eps(eps).weight_decay(weight_decay).amsgrad(amsgrad)",
    },
    Choice {
        name: "Adamax",
        fields: &[LR, BETA1, BETA2, EPS, L2],
        build: "Adamax::new(lr).betas(beta1, beta2).eps(eps).weight_decay(weight_decay)",
    },
    Choice {
        name: "Lamb",
        fields: &[
            LR,
            BETA1,
            BETA2,
            field("eps", Kind::Positive, "1e-6", "What is added to the denominator of a step"),
            decay("0.01"),
        ],
        build: "Lamb::new(lr).betas(beta1, beta2).eps(eps).weight_decay(weight_decay)",
    },
    Choice {
        name: "Lbfgs",
        fields: &[
            LR,
            field("max_iter", Kind::Count, "20", "Most iterations in a step"),
            field("tolerance_grad", Kind::AtLeastZero, "1e-7", "Largest gradient of a minimum"),
            field("tolerance_change", Kind::AtLeastZero, "1e-9", "Least change of an iteration that goes on"),
            field("history_size", Kind::Count, "100", "How many changes the curvature is estimated from"),
            field("strong_wolfe", Kind::Flag, "false", "Whether the length of a step is searched for"),
        ],
        build: "Lbfgs::new(lr).max_iter(max_iter as usize).tolerance_grad(tolerance_grad)\
                .tolerance_change(tolerance_change).history_size(history_size as usize).strong_wolfe(strong_wolfe)",
    },
    Choice {
        name: "Lion",
        fields: &[
            LR,
            BETA1,
            field("beta2", Kind::BelowOne, "0.99", "Decay of the mean that is kept"),
            decay("0.0"),
        ],
        build: "Lion::new(lr).betas(beta1, beta2).weight_decay(weight_decay)",
    },
    Choice {
        name: "Muon",
        fields: &[
            LR,
            field("momentum", Kind::BelowOne, "0.95", "Decay of the mean of gradients"),
            field("nesterov", Kind::Flag, "true", "Whether a step looks ahead"),
            decay("0.1"),
        ],
        build: "Muon::new(lr).momentum(momentum).nesterov(nesterov).weight_decay(weight_decay)",
    },
    Choice {
        name: "NAdam",
        fields: &[
            LR,
            BETA1,
            BETA2,
            EPS,
            L2,
            DECOUPLED,
            field("momentum_decay", Kind::AtLeastZero, "0.004", "How fast the momentum reaches its value"),
        ],
        build: "NAdam::new(lr).betas(beta1, beta2).eps(eps).weight_decay(weight_decay).decoupled(decoupled)\
                .momentum_decay(momentum_decay)",
    },
    Choice {
        name: "RAdam",
        fields: &[LR, BETA1, BETA2, EPS, L2, DECOUPLED],
        build: "RAdam::new(lr).betas(beta1, beta2).eps(eps).weight_decay(weight_decay).decoupled(decoupled)",
    },
    Choice {
        name: "RmsProp",
        fields: &[
            LR,
            field("alpha", Kind::BelowOne, "0.99", "Decay of the mean of squares"),
            EPS,
            L2,
            MOMENTUM,
            field("centered", Kind::Flag, "false", "Whether the mean of gradients is subtracted"),
        ],
        build: "RmsProp::new(lr).alpha(alpha).eps(eps).weight_decay(weight_decay).momentum(momentum)\
                .centered(centered)",
    },
    Choice {
        name: "ScheduleFreeAdamW",
        fields: &[
            LR,
            field(
                "beta1",
                Kind::Between,
                "0.9",
                "Part of the average in the point at which gradients are taken",
            ),
            BETA2,
            EPS,
            decay("0.0"),
            field("r", Kind::AtLeastZero, "0.0", "Power of the number of a step in its weight"),
            field(
                "weight_lr_power",
                Kind::AtLeastZero,
                "2.0",
                "Power of the largest rate so far in the weight of a step",
            ),
        ],
        build: "ScheduleFreeAdamW::new(lr).betas(beta1, beta2).eps(eps).weight_decay(weight_decay).r(r)\
                .weight_lr_power(weight_lr_power)",
    },
    Choice {
        name: "Sgd",
        fields: &[
            LR,
            MOMENTUM,
            field("dampening", Kind::BelowOne, "0.0", "Part of a gradient that does not reach the velocity"),
            field("nesterov", Kind::Flag, "false", "Whether a step looks ahead"),
            L2,
        ],
        build: "Sgd::new(lr).momentum(momentum).dampening(dampening).nesterov(nesterov).weight_decay(weight_decay)",
    },
];

const END: Field = field("end", Kind::AtLeastZero, "0.0", "Factor on the learning rate in the end");
const GAMMA: &str = "Factor on the learning rate each time";

/// Schedules; `steps` is the number of steps after the warm-up.
pub const SCHEDULES: &[Choice] = &[
    Choice { name: "Constant", fields: &[], build: "Schedule::constant()" },
    Choice { name: "Cosine", fields: &[END], build: "Schedule::anneal(steps, end)" },
    Choice {
        name: "Exponential",
        fields: &[field("gamma", Kind::AtLeastZero, "", "Factor on the learning rate at each step")],
        build: "Schedule::exponential(gamma)",
    },
    Choice { name: "Linear", fields: &[END], build: "Schedule::linear(1.0, end, steps)" },
    Choice {
        name: "OneCycle",
        fields: &[
            field("pct_start", Kind::Part, "0.3", "Part of the steps in which the learning rate rises"),
            field(
                "div_factor",
                Kind::Positive,
                "25.0",
                "How many times smaller the rate is in the beginning",
            ),
            field(
                "final_div_factor",
                Kind::Positive,
                "1e4",
                "How many times smaller than then it is in the end",
            ),
        ],
        build: "Schedule::from(OneCycle::new(steps.max(1)).pct_start(pct_start).div_factor(div_factor)\
                .final_div_factor(final_div_factor))",
    },
    Choice {
        name: "Polynomial",
        fields: &[field("power", Kind::AtLeastZero, "1.0", "Power of the part of the steps that is left")],
        build: "Schedule::polynomial(steps.max(1), power)",
    },
    Choice {
        name: "Step",
        fields: &[
            field("step_size", Kind::Count, "", "Steps between two changes of the learning rate"),
            field("gamma", Kind::AtLeastZero, "0.1", GAMMA),
        ],
        build: "Schedule::step(step_size, gamma)",
    },
    Choice {
        name: "WarmRestarts",
        fields: &[
            field("first", Kind::Count, "", "Steps until the first restart"),
            field("multiplier", Kind::Count, "1", "How many times longer each round is than the one before"),
            END,
        ],
        build: "Schedule::warm_restarts(first, multiplier, end)",
    },
];

/// Of every schedule.
pub const WARMUP: Field =
    field("warmup_steps", Kind::Whole, "0", "Steps in which the learning rate rises to its value");

/// Metrics that are made by `new()` without settings.
pub const METRICS: &[&str] =
    &["Accuracy", "MeanAbsoluteError", "MeanSquaredError", "PrAuc", "R2", "RocAuc", "RootMeanSquaredError"];

/// Keys whose values are settings of every program: the facade has them, with their help and defaults.
pub const SETTINGS: &[(&str, Kind)] = &[
    ("accumulate", Kind::Count),
    ("batch", Kind::Count),
    ("clip_grad_norm", Kind::Positive),
    ("ema", Kind::BelowOne),
    ("epochs", Kind::Count),
    ("keep_every", Kind::Count),
    ("normalise", Kind::Flag),
    ("out", Kind::Path),
    ("patience", Kind::Count),
    ("save_every", Kind::Count),
    ("seed", Kind::Whole),
    ("threads", Kind::Count),
    ("time_limit", Kind::Positive),
    ("validation", Kind::Part),
    ("workers", Kind::Whole),
];

/// Those of them that a search cannot vary: trials learn from the same data, and each has a folder of its own.
pub const FIXED: &[&str] = &["keep_every", "out", "save_every", "threads", "validation", "workers"];

/// The other keys.
pub const KEYS: &[&str] = &[
    "about",
    "callbacks",
    "classes",
    "data",
    "forward",
    "loss",
    "metrics",
    "model",
    "monitor",
    "optimizer",
    "path",
    "schedule",
    "tune",
];
