//! A handful of seeds, and that a seed is a run. Fresh ones are for `storm`, as long as one in a hundred finds what is still
//! open (`docs/proof.md`).

use std::process::Command;

use super::run;
use super::run::Outcome;
use super::totals::Totals;

/// Runs seeds, and tells what a failing one did.
fn check(seeds: impl Iterator<Item = u64>) -> Totals {
    let mut totals = Totals::default();
    let mut told = String::new();
    for seed in seeds {
        let outcome = run::run(seed);
        totals.add(&outcome);
        if !outcome.violations.is_empty() {
            let folder = std::env::temp_dir().join(format!("pikafo-storm-{seed}"));
            told += &run::told(seed, &folder).report();
        }
    }
    assert!(told.is_empty(), "{told}");
    totals
}

#[test]
fn the_same_seed_is_the_same_run() {
    let (one, two) = (run::run(7), run::run(7));
    let tell = |outcome: &Outcome| {
        let lines = outcome.lines.iter().map(ToString::to_string);
        lines.collect::<Vec<_>>()
    };
    assert_eq!(tell(&one), tell(&two));
    assert_eq!(one.digest, two.digest);
    let other = run::run(8);
    assert_ne!(one.digest, other.digest);
}

/// In a process for itself a seed gives other addresses, another key to every hash, and another process id.
#[test]
#[expect(clippy::print_stdout, reason = "the other process reads it")]
fn the_same_seed_is_the_same_run_in_another_process() {
    const ASKED: &str = "PIKAFO_SIM_DIGESTS";
    const SEEDS: [u64; 4] = [9, 12, 3354, 5124];
    let digest = |seed: &u64| format!("digest {seed} {:016x}", run::run(*seed).digest);
    if std::env::var_os(ASKED).is_some() {
        // Nor does it matter what ran before.
        let theirs: Vec<String> = SEEDS.iter().rev().map(digest).collect();
        println!("{}", theirs.join("\n"));
        return;
    }
    let mut digests: Vec<String> = SEEDS.iter().map(digest).collect();
    digests.reverse();
    let name = "sim::tests::the_same_seed_is_the_same_run_in_another_process";
    let output = Command::new(std::env::current_exe().unwrap())
        .args([name, "--exact", "--nocapture"])
        .env(ASKED, "1")
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    let theirs: Vec<&str> = said.lines().filter(|l| l.starts_with("digest ")).collect();
    assert_eq!(theirs, digests);
}

/// Whoever reads the story of a run reads of that run and of no other.
#[test]
fn a_run_that_is_told_is_the_same_run() {
    let folder = tempfile::tempdir().unwrap();
    // The last loses power twice.
    for seed in [9, 12, 19] {
        let told = run::told(seed, folder.path());
        assert_eq!(told.digest, run::run(seed).digest, "seed {seed}");
    }
}

/// An order to promote that waited for an answer while its leader was stopped; votes of another's epoch; a clock that was
/// moved by half an hour.
#[test]
fn seeds_that_showed_two_leaders_or_two_masters_hold() {
    check([201_087, 202_721, 202_799].into_iter());
}

/// A person goes on with a switchover that was cut off, beside stock Sentinels that have failed over since.
#[test]
fn whoever_goes_on_after_watchers_have_gone_on_promotes_nobody() {
    check([100_767].into_iter());
    // While he does so, they do, and nobody is told of his.
    check([810_671].into_iter());
}

/// A new master was silent for a moment, was heard again over the old link, and was not looked at for ten seconds.
#[test]
fn whoever_is_heard_again_is_looked_at() {
    check([847_598].into_iter());
}

/// Copies that were forced and cut off before they began; the third is known to one watcher only, and a person acts alone;
/// during the last nobody looks often.
#[test]
fn seeds_that_showed_half_a_copy_hold() {
    check([202_826, 751_992, 848_588, 996_527].into_iter());
}

/// Who is asked sees one node of three; a fenced one is the master, and another takes the writes.
#[test]
fn the_master_is_it_already_only_for_who_can_know() {
    check([982_658, 1_005_150, 1_057_205, 1_904_460].into_iter());
}

/// The leader had lost sight of the master long before the others, together with the replica.
#[test]
fn whose_link_was_lost_while_others_heard_the_master_is_not_promoted() {
    check([1_010_238, 1_203_471].into_iter());
}

/// A replica was down while the master lived on; the other one has what came then, and lost its link a moment later.
#[test]
fn whoever_agrees_to_a_loss_loses_no_more_than_he_has_to() {
    check([1_068_846, 1_801_405].into_iter());
}

/// A replica is found without a link right before the master's own silence is noticed.
#[test]
fn whose_link_was_lost_with_the_master_is_as_good_as_before() {
    check([1_200_244].into_iter());
}

/// Two watchers set one node right at once; the fence of one took effect after all was done, and that one is cut off from the master
/// when it dies.
#[test]
fn who_stands_behind_a_fence_that_was_left_is_promoted() {
    check([998_885].into_iter());
}

/// A leader is stopped as soon as he has told of his promotion, and an old master is judged without what else he knows of it.
#[test]
fn who_was_stopped_before_he_told_all_is_asked_again() {
    check([1_100_171].into_iter());
    // A watcher that was cut off judges an old master in the moment in which it hears of the new one; the second time it has
    // seen that become one, and knows no more of it than where it last saw it as a replica.
    check([1_100_744, 1_049_528].into_iter());
}

/// A Sentinel attaches a replica whose disk is full.
#[test]
fn the_role_that_a_full_disk_refused_is_saved() {
    check([1_049_697, 1_602_388].into_iter());
}

/// A vote is told when the disk of its voter is well again, five seconds after it was asked for, and its candidate, who was
/// stopped, asks once more when it goes on.
#[test]
fn a_vote_binds_from_when_it_was_asked_for() {
    check([1_047_688].into_iter());
}

/// The master before the old one is back, with writes of its own, when a person aborts a switchover that was carried out.
#[test]
fn who_was_replaced_before_is_no_sign_that_the_old_master_went_on() {
    check([1_501_233].into_iter());
}

/// A replica is to be copied to, and another's fence on it was lifted a few seconds ago.
#[test]
fn whoever_is_led_away_takes_no_writes() {
    check([1_501_917].into_iter());
}

/// The disk of a watcher is full, and a node has to be set right.
#[test]
fn who_cannot_record_it_moves_nobody() {
    check([913_751, 913_262].into_iter());
}

/// One who acted alone was killed, and the next one was refused: nobody had lifted the fence of the first.
#[test]
fn who_is_refused_does_not_say_that_another_has_done() {
    check([871_457].into_iter());
}

/// A person's clock is an hour fast, and he holds failover for a second.
#[test]
fn a_pause_lasts_as_long_by_everybodys_clock() {
    check([870_461].into_iter());
}

/// A sibling restarts in a switchover, and its old master, which is fenced, gives it what it lacks while it is told to
/// follow the new one.
#[test]
fn who_is_fed_by_the_fenced_old_master_is_not_set_apart() {
    check([1_001_974].into_iter());
}

/// The old master goes on in the moment in which its replica is led to the new one.
#[test]
fn an_old_master_that_is_back_feeds_nobody_between_judgement_and_order() {
    check([1_031_237].into_iter());
}

/// The candidate is led back or restarted as it is promoted, and two old masters are back.
#[test]
fn a_promotion_that_does_not_take_keeps_nobody_from_fencing_old_masters() {
    check([1_042_558, 1_043_788, 1_056_234].into_iter());
}

/// The switchover was to take it along, and finds that it has gone on as a master.
#[test]
fn whom_a_switchover_leaves_apart_is_fenced_before_the_rest() {
    check([1_042_963].into_iter());
}

/// A restart unfences an old master that is set apart, and its replica comes back to it.
#[test]
fn who_is_fenced_by_leading_it_away_is_so_once_its_replicas_have_left() {
    check([1_400_113].into_iter());
}

/// A watcher hears the new master, of which it was not told, before it hears the others.
#[test]
fn who_was_cut_off_attaches_no_new_master_to_the_old_one() {
    check([1_400_884].into_iter());
}

/// A leader's disk fails as he announces; a copy never begins and its master dies; a Sentinel attaches an old master.
#[test]
fn seeds_that_showed_old_masters_linked_by_number_hold() {
    check([1_015_702, 1_016_514, 1_018_945, 1_080_574].into_iter());
}

/// It was silent when a person's switchover was drafted, and only one watcher knew that it is an old master with writes of its own.
#[test]
fn who_is_back_in_a_switchover_and_stands_apart_is_not_attached() {
    check([1_112_525].into_iter());
}

/// A fence that went out late reaches one user of two, and the node stands apart as a master.
#[test]
fn who_stands_apart_behind_half_a_fence_is_fenced() {
    check([2_202_234].into_iter());
}

/// The watchers have made the node that a dead operator had fenced the master again.
#[test]
fn whom_the_watchers_have_made_master_is_not_kept_from_its_clients() {
    check([1_050_406].into_iter());
}

/// Whom a person promoted died before anybody had seen it as a master.
#[test]
fn the_fence_of_a_person_stays_while_whom_he_may_have_promoted_is_unseen() {
    check([1_052_700].into_iter());
}

/// A watcher looked at the new master every tenth of a second and stood still then, while the others heard the master for longer.
#[test]
fn what_is_lost_is_known_by_the_speed_of_quick_looks() {
    check([1_049_378].into_iter());
    // Its disk was full in the last seconds in which the leader saw it.
    check([1_099_878].into_iter());
}

/// The host of the watcher that carries it out loses power and is back within two seconds.
#[test]
fn whoever_asked_a_watcher_that_was_started_again_hears_so() {
    check([1_900_703, 1_900_756].into_iter());
}

/// A person's host dies after his promotion, and the new master is emptied before he goes on.
#[test]
fn a_new_master_that_was_emptied_is_not_gone_on_with() {
    check([1_900_390, 2_203_050].into_iter());
}

/// A Sentinel has attached an old master a moment ago, and a person switches over to it.
#[test]
fn who_is_not_judged_yet_is_not_promoted() {
    check([1_901_672].into_iter());
}

/// The candidate's disk stood still for two seconds, and his voters have heard the master since.
#[test]
fn who_is_elected_by_those_who_hear_the_master_replaces_nobody() {
    check([1_902_349].into_iter());
}

/// Of two replicas that are equally good now the one is closer to the master and now the other.
#[test]
fn whoever_was_shown_stays_the_choice() {
    check([1_047_455].into_iter());
}

/// A watcher's disk takes longer than the step for which it is waited for; two leaders at once.
#[test]
fn what_waits_for_a_disk_is_not_sent_after_the_end_of_its_plan() {
    check([1_060_848, 1_058_015].into_iter());
}

/// A watcher is back that could not be told that somebody acts alone.
#[test]
fn who_was_dead_lifts_no_fence_of_who_acts_alone() {
    check([1_067_667].into_iter());
}

/// A vote for a Sentinel that was cut off reached another one only.
#[test]
fn a_vote_binds_once_its_candidate_is_told() {
    check([1_066_376].into_iter());
}

/// A person promotes beside a watcher that could not be told of it, for its disk refused, and that led the last change.
#[test]
fn whoever_is_promoted_beside_a_watcher_is_not_led_back() {
    check([1_084_740].into_iter());
}

/// All replicas lag as the master dies, each in another database.
#[test]
fn where_each_replica_lacks_what_another_has_a_person_is_waited_for() {
    check([2_001_941].into_iter());
}

/// A Sentinel attaches who is past the promotion point while the pikafo beside it stands back for a person.
#[test]
fn what_is_learnt_while_a_watcher_stands_back_is_known_afterwards() {
    check([2_005_095].into_iter());
}

/// A person leaves an old master fenced that the watcher had not seen before he came.
#[test]
fn a_fence_that_a_person_leaves_is_lifted_by_what_he_tells_of_it() {
    check([1_114_798].into_iter());
}

/// A leader stands still right after its election, and the master is back when it goes on.
#[test]
fn a_leader_that_stood_still_does_not_go_on_by_what_it_saw_before() {
    check([1_119_252].into_iter());
}

/// A leader promotes and stands still; the old master is back before anybody is told.
#[test]
fn what_a_master_takes_of_whom_nobody_was_told_is_discarded_as_asked_for() {
    check([1_123_353].into_iter());
}

/// A person promotes a Redis and tells nobody; the watchers free the old one. The fence that lasts was up before, or never.
#[test]
fn who_was_freed_meanwhile_is_not_led_below_whom_nobody_was_told_of() {
    check([1_129_621, 1_129_514].into_iter());
}

/// The same, and the new master is started again.
#[test]
fn a_redis_that_was_started_again_is_discarded_as_asked_for() {
    check([1_129_919].into_iter());
}

/// An old master is back without its newest data; others set it apart, and the watcher that replaced it goes on with that.
#[test]
fn whom_others_have_set_apart_is_not_attached_by_whoever_goes_on() {
    check([1_133_539].into_iter());
}

/// A person who acts alone is killed, and the master is stopped right after it.
#[test]
fn nobody_is_replaced_while_the_watchers_stand_back() {
    check([1_138_176].into_iter());
}

/// Who stands apart hangs below a replica, and is about to be copied to.
#[test]
fn it_is_not_over_while_somebody_is_about_to_be_copied_to() {
    check([1_110_713].into_iter());
}

/// An old master is back while the watchers come and go on a slow network.
#[test]
fn who_comes_and_goes_on_a_slow_network_is_not_waited_for_time_and_again() {
    check([2_300_580].into_iter());
}

/// A leader's clock goes too slowly, and he reaches his candidate as his mandate ends.
#[test]
fn a_leader_with_a_slow_clock_acts_no_longer_than_his_votes_bind() {
    check([1_111_206].into_iter());
}

/// A watcher's disk refuses for three seconds what a reply waits for.
#[test]
fn whoever_asked_a_watcher_whose_disk_refuses_hears_so() {
    check([1_070_960].into_iter());
    // Another watcher is elected meanwhile.
    check([1_176_729].into_iter());
}

/// A watcher's disk takes three seconds: a fence goes out when its step is over.
#[test]
fn a_fence_that_comes_late_is_not_the_step_after_it() {
    check([1_075_011].into_iter());
    // An order to follow waits as long, and its step is over by then.
    check([1_138_866].into_iter());
}

/// A person lifts a fence and is cut off and killed, and the next one puts it up again before that order comes.
#[test]
fn who_starts_over_waits_for_what_the_crash_left_on_its_way() {
    check([1_114_034].into_iter());
    // The old master is started again without its fence, and what it takes then is no sign that the candidate was promoted.
    check([1_143_760].into_iter());
}

/// The replica above it was emptied, or the candidate of a failover that came to nothing.
#[test]
fn who_came_past_the_point_below_the_master_is_led_back() {
    check([2_202_201, 1_138_840].into_iter());
}

/// A watcher is cut off alone, and back when both others, who replaced the master meanwhile, have just been killed.
#[test]
fn who_comes_back_when_the_others_have_just_died_waits_for_what_they_have_said() {
    check([1_144_510].into_iter());
}

/// A leader is cut off as it promotes. Its order is under way until the cut is mended, when another has been promoted.
#[test]
fn an_order_that_a_cut_held_back_is_not_carried_out_in_another_leaders_time() {
    check([1_152_206].into_iter());
}

/// A leader stands still as it promotes; another watcher fences its candidate, of which it tells everybody when it goes on.
#[test]
fn a_new_master_that_everybody_was_told_of_is_not_taken_back() {
    check([2_501_543].into_iter());
}

/// Among stock Sentinels power cuts an old master off from its new role while the switchover waits for the links of all.
#[test]
fn who_is_made_a_master_again_is_set_right_before_a_switchover_is_over() {
    check([1_161_199].into_iter());
}

/// An old master is fenced by a closed port, and somebody comes back below it.
#[test]
fn an_old_master_that_others_follow_is_fenced_all_the_same() {
    check([1_168_473].into_iter());
}

/// The only pikafo is started again while a person acts, and hears of him first when he says whom he leaves fenced.
#[test]
fn what_is_said_of_a_fence_is_heard_by_who_was_started_again_meanwhile() {
    check([1_169_854].into_iter());
}

/// Among stock Sentinels, the only pikafo is started again: one that was to be copied to has not been, and another was refused.
#[test]
fn what_was_not_copied_to_and_what_was_refused_is_known_over_a_restart() {
    check([1_168_657].into_iter());
}

/// An old master is back for a moment when a stock Sentinel leads its replica away, and is lost and back once more before that one
/// is judged.
#[test]
fn who_was_fed_by_an_old_master_that_was_back_stands_apart() {
    check([1_181_360].into_iter());
}

/// A person is refused a switchover while an old master waits to be set right.
#[test]
fn who_is_refused_keeps_nobody_from_being_set_right() {
    check([2_601_344].into_iter());
}

/// A person's switchover was cut off, and nobody was told of it: the watchers go on with the old master, which is shut down.
#[test]
fn what_a_master_took_whom_the_watchers_held_for_it_all_the_time_is_lost_with_it() {
    check([1_162_313].into_iter());
}

/// A stock Sentinel promotes the very one whom a person is promoting.
#[test]
fn whom_a_stock_sentinel_promotes_need_not_be_promoted_again() {
    check([1_165_416].into_iter());
}

/// A watcher goes on with a switchover that a person left, after its host has lost power, and judges the old master, which has lost
/// a little, while another watcher attaches it.
#[test]
fn an_old_master_is_judged_alike_by_who_goes_on_and_by_the_others() {
    check([1_185_376].into_iter());
}

/// A leader that undoes a switchover stands still for its disk, and abstains; the others have voted for him.
#[test]
fn a_leader_that_stood_still_is_given_time() {
    check([1_191_090].into_iter());
}

/// The watchers have lost the master, and do not reach it over a bad network when the cut is mended; then it is cut off for good.
#[test]
fn who_was_back_for_a_moment_need_not_have_been_seen() {
    check([1_191_451].into_iter());
}

/// An old master is being set right and cannot be reached; when it is, a replica of its own has come to it meanwhile, as its
/// file says.
#[test]
fn whoever_comes_to_an_old_master_while_it_is_set_right_is_led_away_first() {
    check([3_000_700].into_iter());
}

/// A replica has taken something from its old master when that is set right, so neither is moved; a stock Sentinel attaches it.
#[test]
fn whom_a_repair_leaves_where_it_is_is_judged_before_a_sentinel_takes_it() {
    check([3_006_046].into_iter());
}

/// The end of a switchover is lost with the power, and it is gone on with after another operation.
#[test]
fn what_is_gone_on_with_is_judged_by_its_own_plan() {
    check([2_618_184].into_iter());
}

/// A replica's link came up and went down between two looks.
#[test]
fn a_link_that_nobody_saw_come_up_need_not_be_believed() {
    check([2_618_282].into_iter());
}

/// A wiped replica streams from the middle of its master's log, under writes that never pause; one watcher has seen enough to know,
/// and another one leads.
#[test]
fn what_one_watcher_knows_of_a_gap_counts_for_all() {
    check([3_102_046].into_iter());
}

/// The master answers between the last question to it and the order to its heir.
#[test]
fn nobody_is_promoted_beside_a_master_that_answers_again() {
    check([3_106_782].into_iter());
}

/// A new master forgets its role in a restart and follows the old one, until it is given its role again at the very place where
/// that one stands.
#[test]
fn whom_a_master_followed_by_mistake_is_judged_by_where_it_was_replaced() {
    check([3_126_487].into_iter());
}

/// The rest of a switchover is waited for, and a stock Sentinel promotes who has been attached in it.
#[test]
fn a_switchover_ends_beside_a_second_master() {
    check([3_122_140].into_iter());
}

/// A watcher that was down while another master was made hears nobody who could tell, and finds the old one.
#[test]
fn a_watcher_that_hears_nobody_leads_no_master_away() {
    check([2_638_454].into_iter());
}

/// The master is heard later and later, for longer than a gap takes to be known, and dies.
#[test]
fn who_is_late_does_not_stand_in_the_way_of_a_failover() {
    check([3_157_904, 3_172_372].into_iter());
}

/// A forced copy is lost before it begins, which its plan sees, and not the watcher that is stopped in that moment.
#[test]
fn a_copy_that_only_its_plan_saw_cut_off_is_forced_again() {
    check([3_117_043].into_iter());
}

/// Whoever could say otherwise is beyond a cut.
#[test]
fn an_operator_knows_of_no_master_beyond_a_cut() {
    check([3_115_324, 3_157_372, 3_171_728].into_iter());
}

/// Whoever had it promoted was stopped before he told anybody, and what it took alone was discarded, as was asked for.
#[test]
fn what_was_taken_beside_an_old_master_is_not_lost_by_the_next_switchover() {
    check([3_165_341].into_iter());
}

/// A wiped replica follows the old master, as its file says, under writes that never pause; whoever has seen that is alive, and those
/// who judge it were started since.
#[test]
fn what_one_watcher_has_seen_of_a_replica_counts_for_all() {
    check([2_631_337, 3_180_132].into_iter());
}

/// One watcher keeps an old master apart behind its fence, and another saw it fenced all the time.
#[test]
fn nobody_is_led_away_whom_another_watcher_keeps_apart() {
    check([2_645_143].into_iter());
}

/// An operator has left the old master fenced, and whoever promoted the new one is heard by nobody.
#[test]
fn a_fence_stays_beside_a_second_master() {
    check([3_120_979].into_iter());
}

/// A switchover is being undone, and its old master is stopped before it could be freed.
#[test]
fn a_dead_master_need_not_be_freed_before_it_is_replaced() {
    check([3_210_232].into_iter());
}

/// Whoever goes on with a switchover finds the old master led to the new one by another watcher, and the new one has just died.
#[test]
fn who_was_led_by_others_meanwhile_is_not_set_apart() {
    check([3_225_041].into_iter());
}

/// A new master is emptied while it is down, and the old one takes writes meanwhile; a replica is emptied right before the evening;
/// one is copied to at offset 0 of a history that nobody has heard named; a clock is put back while a journal's disk is full;
/// the new master dies, and a replica is still led by the old one, which is back.
#[test]
fn what_the_invariants_could_not_tell_before() {
    check([2_629_124, 3_111_897, 3_120_630, 3_188_364, 3_204_919].into_iter());
}

#[test]
fn known_seeds_hold() {
    let totals = check(1..=16);
    assert!(totals.failovers[0] > 0, "nothing happened: {totals}");
}
