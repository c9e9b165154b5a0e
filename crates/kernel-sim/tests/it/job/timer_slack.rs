//! Timer slack, the one policy that is not of conditions.

use kernel_sim::TimerSlack;
use zx_abi::{
    CLOCK_MONOTONIC, INFO_TIMER, InfoTimer, JOB_POL_ABSOLUTE, JOB_POL_RELATIVE, Rights, Status,
};

use crate::support::{World, info, without};

fn slack(amount: i64) -> TimerSlack {
    TimerSlack { amount, mode: 0 }
}

#[test]
fn timer_slack_judges_options_then_job_then_values() {
    let world = World::null();
    let root = world.root_job();
    world.host(|c| {
        let job = c.job_create(root, 0).unwrap();
        let full = c.job_create(root, 0).unwrap();
        c.job_create(full, 0).unwrap();
        let event = c.event_create(0).unwrap();
        let fixed = without(c, job, Rights::SET_POLICY);
        for (job, options, slack, status) in [
            (9, JOB_POL_ABSOLUTE, slack(-1), Status::INVALID_ARGS),
            (9, JOB_POL_RELATIVE, slack(-1), Status::BAD_HANDLE),
            (event, JOB_POL_RELATIVE, slack(-1), Status::WRONG_TYPE),
            (fixed, JOB_POL_RELATIVE, slack(-1), Status::ACCESS_DENIED),
            (full, JOB_POL_RELATIVE, slack(-1), Status::BAD_STATE),
            (job, JOB_POL_RELATIVE, slack(-1), Status::INVALID_ARGS),
            (job, JOB_POL_RELATIVE, TimerSlack { amount: 0, mode: 3 }, Status::INVALID_ARGS),
        ] {
            assert_eq!(c.job_set_timer_slack(job, options, slack), Err(status), "{slack:?}");
        }
        for mode in 0..3 {
            let slack = TimerSlack { amount: i64::MAX, mode };
            assert_eq!(c.job_set_timer_slack(job, JOB_POL_RELATIVE, slack), Ok(()));
        }
    });
}

#[test]
fn slack_only_grows_down_the_tree_and_timers_have_it() {
    let world = World::null();
    let root = world.root_job();
    let contexts = world.host(|c| {
        let job = c.job_create(root, 0).unwrap();
        c.job_set_timer_slack(job, 0, slack(100)).unwrap();
        let less = c.job_create(job, 0).unwrap();
        c.job_set_timer_slack(less, 0, slack(50)).unwrap();
        let more = c.job_create(job, 0).unwrap();
        c.job_set_timer_slack(more, 0, slack(200)).unwrap();
        [root, job, less, more].map(|job| c.context_create(job, b"c").unwrap())
    });
    for (context, least) in contexts.into_iter().zip([0, 100, 100, 200]) {
        world.as_process(context, |c| {
            let timer = c.timer_create(0, CLOCK_MONOTONIC).unwrap();
            for given in [0, 150, 1000] {
                c.timer_set(timer, i64::MAX - 1, given).unwrap();
                let timer: InfoTimer = info(c, timer, INFO_TIMER).unwrap();
                assert_eq!(timer.slack, given.max(least));
            }
        });
    }
}
