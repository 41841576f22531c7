//! Switchovers past the point of no return.

use insta::assert_snapshot;

use super::since;
use super::world;
use super::world::stage;
use super::world::trouble::Happening;
use super::world::trouble::Trouble;

#[test]
fn a_new_master_that_takes_no_writes_goes_back() {
    let mut world = world();
    let plan = stage::promote(&world.fleet, "b");
    world.fleet.named("b").broken = true;
    assert_snapshot!(since("promote b", &mut world, &plan), @r"
      15.0 -- promote b [before 4 at 0:100]
      15.0     b < promote
      17.0     [after 4 ok] ok
      17.0 -- b accepts a write [before 5]
      17.0     b < probe-write
      18.0     > READONLY You can't write against a read only replica.
      18.0     . READONLY You can't write against a read only replica.
    2948.0     [after 5 failed] failed: 10.0.0.2:9221: READONLY You can't write against a read only replica.
    2948.0 << undoing: 10.0.0.2:9221: READONLY You can't write against a read only replica.
    2948.0     [undo 4]
    2948.0     b < follow
    2950.0     [undo 4 ok]
    2950.0     [undo 2]
    2950.0     a < unfence
    2951.0     [undo 2 ok]
    2951.0     [undo 0]
    2951.0     a < unlock
    2952.0     [undo 0 ok]
    2952.0     [end]
    2952.0 == undone: 10.0.0.2:9221: READONLY You can't write against a read only replica., blackout 15.0 ms
    ");
}

#[test]
fn a_new_master_that_refuses_only_the_probe_stays() {
    let mut world = world();
    world.fleet.client_writes = true;
    let plan = stage::promote(&world.fleet, "b");
    world.fleet.named("b").denies_probe = true;
    assert_snapshot!(since("promote b", &mut world, &plan), @r"
      15.0 -- promote b [before 4 at 0:120]
      15.0     b < promote
      17.0     [after 4 ok] ok
      17.0 -- b accepts a write [before 5]
      17.0     b < probe-write
      18.0     > NOPERM this user has no permissions to access one of the keys
      18.0     . NOPERM this user has no permissions to access one of the keys
    2948.0     [after 5 failed master.not_writable] failed: 10.0.0.2:9221: NOPERM this user has no permissions to access one of the keys
    2948.0 -- b saves its role [before 6]
    2948.0     b < persist
    2949.0     [after 6 ok] ok
    2949.0 -- c follows b [before 7]
    2950.0     c < follow
    2952.0     [after 7 ok] ok
    2952.0 -- c saves its role [before 8]
    2952.0     c < persist
    2953.0     [after 8 ok] ok
    2953.0 -- a follows b [before 9]
    2953.0     a < fence
    2955.0     a < follow
    2956.0     > ERR already master of others, invalid usage
    2956.0     . still lists replicas; trying again
    3006.0     a < fence
    3008.0     a < follow
    3009.0     > ERR already master of others, invalid usage
    3009.0     . still lists replicas; trying again
    3059.0     a < fence
    3061.0     a < follow
    3062.0     > ERR already master of others, invalid usage
    3062.0     . still lists replicas; trying again
    3112.0     a < fence
    3114.0     a < follow
    3116.0     [after 9 ok] ok
    3116.0 -- lift the fence on a [before 10]
    3116.0     a < unfence
    3117.0     [after 10 ok] ok
    3117.0 -- a saves its role [before 11]
    3117.0     a < persist
    3118.0     [after 11 ok] ok
    3118.0 -- every replica is linked and level [before 12]
    3119.0     . 10.0.0.3:9221 link down, 10.0.0.1:9221 link down
    3161.0     . 10.0.0.1:9221 link down
    3329.0     [after 12 ok] ok
    3329.0 -- run the hooks of `switched` [before 13]
    3329.0     b < hooks
    3330.0     [after 13 ok] ok
    3330.0 -- give the lock back on b [before 14]
    3330.0     b < unlock
    3331.0     [after 14 ok] ok
    3331.0     [end]
    3331.0 == incomplete: master.not_writable, blackout 15.0 ms
    ");
}

#[test]
fn a_role_that_cannot_be_saved_is_left_to_do() {
    let mut world = world();
    let plan = stage::promote(&world.fleet, "b");
    world.befall("b", "persist", Trouble::Refuses("ERR disk full"));
    assert_snapshot!(since("b saves", &mut world, &plan), @r"
      18.0 -- b saves its role [before 6]
      18.0     b < persist
      19.0     > ERR disk full
      19.0     . ERR disk full
    4843.0     [after 6 failed role.unsaved] failed: 10.0.0.2:9221: ERR disk full
    4843.0 -- c follows b [before 7]
    4844.0     c < follow
    4846.0     [after 7 ok] ok
    4846.0 -- c saves its role [before 8]
    4846.0     c < persist
    4847.0     [after 8 ok] ok
    4847.0 -- a follows b [before 9]
    4847.0     a < fence
    4849.0     a < follow
    4850.0     > ERR already master of others, invalid usage
    4850.0     . still lists replicas; trying again
    4900.0     a < fence
    4902.0     a < follow
    4903.0     > ERR already master of others, invalid usage
    4903.0     . still lists replicas; trying again
    4953.0     a < fence
    4955.0     a < follow
    4956.0     > ERR already master of others, invalid usage
    4956.0     . still lists replicas; trying again
    5006.0     a < fence
    5008.0     a < follow
    5010.0     [after 9 ok] ok
    5010.0 -- lift the fence on a [before 10]
    5010.0     a < unfence
    5011.0     [after 10 ok] ok
    5011.0 -- a saves its role [before 11]
    5011.0     a < persist
    5012.0     [after 11 ok] ok
    5012.0 -- every replica is linked and level [before 12]
    5013.0     . 10.0.0.3:9221 link down, 10.0.0.1:9221 link down
    5055.0     . 10.0.0.1:9221 link down
    5223.0     [after 12 ok] ok
    5223.0 -- run the hooks of `switched` [before 13]
    5223.0     b < hooks
    5224.0     [after 13 ok] ok
    5224.0 -- give the lock back on b [before 14]
    5224.0     b < unlock
    5225.0     [after 14 ok] ok
    5225.0     [end]
    5225.0 == incomplete: role.unsaved, blackout 15.0 ms
    ");
}

#[test]
fn a_sibling_past_the_point_is_set_apart() {
    let mut world = world();
    let plan = stage::promote(&world.fleet, "b");
    world.at_step.push((4, Happening::Write("c")));
    assert_snapshot!(since("promote b", &mut world, &plan), @r#"
       15.0 -- promote b [before 4 at 0:100]
       15.0     b < promote
       15.0 !! Write("c")
       17.0     [after 4 ok] ok
       17.0 -- b accepts a write [before 5]
       17.0     b < probe-write
       18.0     [after 5 ok] ok
       18.0 -- b saves its role [before 6]
       18.0     b < persist
       19.0     [after 6 ok] ok
       19.0 -- c follows b [before 7]
       20.0     [after 7 failed rejoin.past_point] failed: 10.0.0.3:9221 is left apart: it is at 0:110, past the promotion point 0:100: it holds writes that the master lacks
       20.0 -- c saves its role [before 8]
       20.0     [after 8 ok] ok: left as it was saved: it did not move
       20.0 -- a follows b [before 9]
       20.0     a < fence
       22.0     a < follow
       23.0     > ERR already master of others, invalid usage
       23.0     . still lists replicas; trying again
       73.0     a < fence
       75.0     a < follow
       76.0     > ERR already master of others, invalid usage
       76.0     . still lists replicas; trying again
      126.0     a < fence
      128.0     a < follow
      129.0     > ERR already master of others, invalid usage
      129.0     . still lists replicas; trying again
      179.0     a < fence
      181.0     a < follow
      182.0     > ERR already master of others, invalid usage
      182.0     . still lists replicas; trying again
      232.0     a < fence
      234.0     a < follow
      235.0     > ERR already master of others, invalid usage
      235.0     . still lists replicas; trying again
      285.0     a < fence
      287.0     a < follow
      288.0     > ERR already master of others, invalid usage
      288.0     . still lists replicas; trying again
      338.0     a < fence
      340.0     a < follow
      341.0     > ERR already master of others, invalid usage
      341.0     . still lists replicas; trying again
      391.0     a < fence
      393.0     a < follow
      394.0     > ERR already master of others, invalid usage
      394.0     . still lists replicas; trying again
      444.0     a < fence
      446.0     a < follow
      447.0     > ERR already master of others, invalid usage
      447.0     . still lists replicas; trying again
      497.0     a < fence
      499.0     a < follow
      500.0     > ERR already master of others, invalid usage
      500.0     . still lists replicas; trying again
      550.0     a < fence
      552.0     a < follow
      553.0     > ERR already master of others, invalid usage
      553.0     . still lists replicas; trying again
      603.0     a < fence
      605.0     a < follow
      606.0     > ERR already master of others, invalid usage
      606.0     . still lists replicas; trying again
      656.0     a < fence
      658.0     a < follow
      659.0     > ERR already master of others, invalid usage
      659.0     . still lists replicas; trying again
      709.0     a < fence
      711.0     a < follow
      712.0     > ERR already master of others, invalid usage
      712.0     . still lists replicas; trying again
      762.0     a < fence
      764.0     a < follow
      765.0     > ERR already master of others, invalid usage
      765.0     . still lists replicas; trying again
      815.0     a < fence
      817.0     a < follow
      818.0     > ERR already master of others, invalid usage
      818.0     . still lists replicas; trying again
      868.0     a < fence
      870.0     a < follow
      871.0     > ERR already master of others, invalid usage
      871.0     . still lists replicas; trying again
      921.0     a < fence
      923.0     a < follow
      924.0     > ERR already master of others, invalid usage
      924.0     . still lists replicas; trying again
      974.0     a < fence
      976.0     a < follow
      977.0     > ERR already master of others, invalid usage
      977.0     . still lists replicas; trying again
     1027.0     a < fence
     1029.0     a < follow
     1030.0     > ERR already master of others, invalid usage
     1030.0     . still lists replicas; trying again
     1080.0     a < fence
     1082.0     a < follow
     1083.0     > ERR already master of others, invalid usage
     1083.0     . still lists replicas; trying again
     1133.0     a < fence
     1135.0     a < follow
     1136.0     > ERR already master of others, invalid usage
     1136.0     . still lists replicas; trying again
     1186.0     a < fence
     1188.0     a < follow
     1189.0     > ERR already master of others, invalid usage
     1189.0     . still lists replicas; trying again
     1239.0     a < fence
     1241.0     a < follow
     1242.0     > ERR already master of others, invalid usage
     1242.0     . still lists replicas; trying again
     1292.0     a < fence
     1294.0     a < follow
     1295.0     > ERR already master of others, invalid usage
     1295.0     . still lists replicas; trying again
     1345.0     a < fence
     1347.0     a < follow
     1348.0     > ERR already master of others, invalid usage
     1348.0     . still lists replicas; trying again
     1398.0     a < fence
     1400.0     a < follow
     1401.0     > ERR already master of others, invalid usage
     1401.0     . still lists replicas; trying again
     1451.0     a < fence
     1453.0     a < follow
     1454.0     > ERR already master of others, invalid usage
     1454.0     . still lists replicas; trying again
     1504.0     a < fence
     1506.0     a < follow
     1507.0     > ERR already master of others, invalid usage
     1507.0     . still lists replicas; trying again
     1557.0     a < fence
     1559.0     a < follow
     1560.0     > ERR already master of others, invalid usage
     1560.0     . still lists replicas; trying again
     1610.0     a < fence
     1612.0     a < follow
     1613.0     > ERR already master of others, invalid usage
     1613.0     . still lists replicas; trying again
     1663.0     a < fence
     1665.0     a < follow
     1666.0     > ERR already master of others, invalid usage
     1666.0     . still lists replicas; trying again
     1716.0     a < fence
     1718.0     a < follow
     1719.0     > ERR already master of others, invalid usage
     1719.0     . still lists replicas; trying again
     1769.0     a < fence
     1771.0     a < follow
     1772.0     > ERR already master of others, invalid usage
     1772.0     . still lists replicas; trying again
     1822.0     a < fence
     1824.0     a < follow
     1825.0     > ERR already master of others, invalid usage
     1825.0     . still lists replicas; trying again
     1875.0     a < fence
     1877.0     a < follow
     1878.0     > ERR already master of others, invalid usage
     1878.0     . still lists replicas; trying again
     1928.0     a < fence
     1930.0     a < follow
     1931.0     > ERR already master of others, invalid usage
     1931.0     . still lists replicas; trying again
     1981.0     a < fence
     1983.0     a < follow
     1984.0     > ERR already master of others, invalid usage
     1984.0     . still lists replicas; trying again
     2034.0     a < fence
     2036.0     a < follow
     2037.0     > ERR already master of others, invalid usage
     2037.0     . still lists replicas; trying again
     2087.0     a < fence
     2089.0     a < follow
     2090.0     > ERR already master of others, invalid usage
     2090.0     . still lists replicas; trying again
     2140.0     a < fence
     2142.0     a < follow
     2143.0     > ERR already master of others, invalid usage
     2143.0     . still lists replicas; trying again
     2193.0     a < fence
     2195.0     a < follow
     2196.0     > ERR already master of others, invalid usage
     2196.0     . still lists replicas; trying again
     2246.0     a < fence
     2248.0     a < follow
     2249.0     > ERR already master of others, invalid usage
     2249.0     . still lists replicas; trying again
     2299.0     a < fence
     2301.0     a < follow
     2302.0     > ERR already master of others, invalid usage
     2302.0     . still lists replicas; trying again
     2352.0     a < fence
     2354.0     a < follow
     2355.0     > ERR already master of others, invalid usage
     2355.0     . still lists replicas; trying again
     2405.0     a < fence
     2407.0     a < follow
     2408.0     > ERR already master of others, invalid usage
     2408.0     . still lists replicas; trying again
     2458.0     a < fence
     2460.0     a < follow
     2461.0     > ERR already master of others, invalid usage
     2461.0     . still lists replicas; trying again
     2511.0     a < fence
     2513.0     a < follow
     2514.0     > ERR already master of others, invalid usage
     2514.0     . still lists replicas; trying again
     2564.0     a < fence
     2566.0     a < follow
     2567.0     > ERR already master of others, invalid usage
     2567.0     . still lists replicas; trying again
     2617.0     a < fence
     2619.0     a < follow
     2620.0     > ERR already master of others, invalid usage
     2620.0     . still lists replicas; trying again
     2670.0     a < fence
     2672.0     a < follow
     2673.0     > ERR already master of others, invalid usage
     2673.0     . still lists replicas; trying again
     2723.0     a < fence
     2725.0     a < follow
     2726.0     > ERR already master of others, invalid usage
     2726.0     . still lists replicas; trying again
     2776.0     a < fence
     2778.0     a < follow
     2779.0     > ERR already master of others, invalid usage
     2779.0     . still lists replicas; trying again
     2829.0     a < fence
     2831.0     a < follow
     2832.0     > ERR already master of others, invalid usage
     2832.0     . still lists replicas; trying again
     2882.0     a < fence
     2884.0     a < follow
     2885.0     > ERR already master of others, invalid usage
     2885.0     . still lists replicas; trying again
     2935.0     a < fence
     2937.0     a < follow
     2938.0     > ERR already master of others, invalid usage
     2938.0     . still lists replicas; trying again
     2988.0     a < fence
     2990.0     a < follow
     2991.0     > ERR already master of others, invalid usage
     2991.0     . still lists replicas; trying again
     3041.0     a < fence
     3043.0     a < follow
     3044.0     > ERR already master of others, invalid usage
     3044.0     . still lists replicas; trying again
     3094.0     a < fence
     3096.0     a < follow
     3097.0     > ERR already master of others, invalid usage
     3097.0     . still lists replicas; trying again
     3147.0     a < fence
     3149.0     a < follow
     3150.0     > ERR already master of others, invalid usage
     3150.0     . still lists replicas; trying again
     3200.0     a < fence
     3202.0     a < follow
     3203.0     > ERR already master of others, invalid usage
     3203.0     . still lists replicas; trying again
     3253.0     a < fence
     3255.0     a < follow
     3256.0     > ERR already master of others, invalid usage
     3256.0     . still lists replicas; trying again
     3306.0     a < fence
     3308.0     a < follow
     3309.0     > ERR already master of others, invalid usage
     3309.0     . still lists replicas; trying again
     3359.0     a < fence
     3361.0     a < follow
     3362.0     > ERR already master of others, invalid usage
     3362.0     . still lists replicas; trying again
     3412.0     a < fence
     3414.0     a < follow
     3415.0     > ERR already master of others, invalid usage
     3415.0     . still lists replicas; trying again
     3465.0     a < fence
     3467.0     a < follow
     3468.0     > ERR already master of others, invalid usage
     3468.0     . still lists replicas; trying again
     3518.0     a < fence
     3520.0     a < follow
     3521.0     > ERR already master of others, invalid usage
     3521.0     . still lists replicas; trying again
     3571.0     a < fence
     3573.0     a < follow
     3574.0     > ERR already master of others, invalid usage
     3574.0     . still lists replicas; trying again
     3624.0     a < fence
     3626.0     a < follow
     3627.0     > ERR already master of others, invalid usage
     3627.0     . still lists replicas; trying again
     3677.0     a < fence
     3679.0     a < follow
     3680.0     > ERR already master of others, invalid usage
     3680.0     . still lists replicas; trying again
     3730.0     a < fence
     3732.0     a < follow
     3733.0     > ERR already master of others, invalid usage
     3733.0     . still lists replicas; trying again
     3783.0     a < fence
     3785.0     a < follow
     3786.0     > ERR already master of others, invalid usage
     3786.0     . still lists replicas; trying again
     3836.0     a < fence
     3838.0     a < follow
     3839.0     > ERR already master of others, invalid usage
     3839.0     . still lists replicas; trying again
     3889.0     a < fence
     3891.0     a < follow
     3892.0     > ERR already master of others, invalid usage
     3892.0     . still lists replicas; trying again
     3942.0     a < fence
     3944.0     a < follow
     3945.0     > ERR already master of others, invalid usage
     3945.0     . still lists replicas; trying again
     3995.0     a < fence
     3997.0     a < follow
     3998.0     > ERR already master of others, invalid usage
     3998.0     . still lists replicas; trying again
     4048.0     a < fence
     4050.0     a < follow
     4051.0     > ERR already master of others, invalid usage
     4051.0     . still lists replicas; trying again
     4101.0     a < fence
     4103.0     a < follow
     4104.0     > ERR already master of others, invalid usage
     4104.0     . still lists replicas; trying again
     4154.0     a < fence
     4156.0     a < follow
     4157.0     > ERR already master of others, invalid usage
     4157.0     . still lists replicas; trying again
     4207.0     a < fence
     4209.0     a < follow
     4210.0     > ERR already master of others, invalid usage
     4210.0     . still lists replicas; trying again
     4260.0     a < fence
     4262.0     a < follow
     4263.0     > ERR already master of others, invalid usage
     4263.0     . still lists replicas; trying again
     4313.0     a < fence
     4315.0     a < follow
     4316.0     > ERR already master of others, invalid usage
     4316.0     . still lists replicas; trying again
     4366.0     a < fence
     4368.0     a < follow
     4369.0     > ERR already master of others, invalid usage
     4369.0     . still lists replicas; trying again
     4419.0     a < fence
     4421.0     a < follow
     4422.0     > ERR already master of others, invalid usage
     4422.0     . still lists replicas; trying again
     4472.0     a < fence
     4474.0     a < follow
     4475.0     > ERR already master of others, invalid usage
     4475.0     . still lists replicas; trying again
     4525.0     a < fence
     4527.0     a < follow
     4528.0     > ERR already master of others, invalid usage
     4528.0     . still lists replicas; trying again
     4578.0     a < fence
     4580.0     a < follow
     4581.0     > ERR already master of others, invalid usage
     4581.0     . still lists replicas; trying again
     4631.0     a < fence
     4633.0     a < follow
     4634.0     > ERR already master of others, invalid usage
     4634.0     . still lists replicas; trying again
     4684.0     a < fence
     4686.0     a < follow
     4687.0     > ERR already master of others, invalid usage
     4687.0     . still lists replicas; trying again
     4737.0     a < fence
     4739.0     a < follow
     4740.0     > ERR already master of others, invalid usage
     4740.0     . still lists replicas; trying again
     4790.0     a < fence
     4792.0     a < follow
     4793.0     > ERR already master of others, invalid usage
     4793.0     . still lists replicas; trying again
     4843.0     a < fence
     4845.0     a < follow
     4846.0     > ERR already master of others, invalid usage
     4846.0     . still lists replicas; trying again
     4896.0     a < fence
     4898.0     a < follow
     4899.0     > ERR already master of others, invalid usage
     4899.0     . still lists replicas; trying again
     4949.0     a < fence
     4951.0     a < follow
     4952.0     > ERR already master of others, invalid usage
     4952.0     . still lists replicas; trying again
     5002.0     a < fence
     5004.0     a < follow
     5005.0     > ERR already master of others, invalid usage
     5005.0     . still lists replicas; trying again
     5055.0     a < fence
     5057.0     a < follow
     5058.0     > ERR already master of others, invalid usage
     5058.0     . still lists replicas; trying again
     5108.0     a < fence
     5110.0     a < follow
     5111.0     > ERR already master of others, invalid usage
     5111.0     . still lists replicas; trying again
     5161.0     a < fence
     5163.0     a < follow
     5164.0     > ERR already master of others, invalid usage
     5164.0     . still lists replicas; trying again
     5214.0     a < fence
     5216.0     a < follow
     5217.0     > ERR already master of others, invalid usage
     5217.0     . still lists replicas; trying again
     5267.0     a < fence
     5269.0     a < follow
     5270.0     > ERR already master of others, invalid usage
     5270.0     . still lists replicas; trying again
     5320.0     a < fence
     5322.0     a < follow
     5323.0     > ERR already master of others, invalid usage
     5323.0     . still lists replicas; trying again
     5373.0     a < fence
     5375.0     a < follow
     5376.0     > ERR already master of others, invalid usage
     5376.0     . still lists replicas; trying again
     5426.0     a < fence
     5428.0     a < follow
     5429.0     > ERR already master of others, invalid usage
     5429.0     . still lists replicas; trying again
     5479.0     a < fence
     5481.0     a < follow
     5482.0     > ERR already master of others, invalid usage
     5482.0     . still lists replicas; trying again
     5532.0     a < fence
     5534.0     a < follow
     5535.0     > ERR already master of others, invalid usage
     5535.0     . still lists replicas; trying again
     5585.0     a < fence
     5587.0     a < follow
     5588.0     > ERR already master of others, invalid usage
     5588.0     . still lists replicas; trying again
     5638.0     a < fence
     5640.0     a < follow
     5641.0     > ERR already master of others, invalid usage
     5641.0     . still lists replicas; trying again
     5691.0     a < fence
     5693.0     a < follow
     5694.0     > ERR already master of others, invalid usage
     5694.0     . still lists replicas; trying again
     5744.0     a < fence
     5746.0     a < follow
     5747.0     > ERR already master of others, invalid usage
     5747.0     . still lists replicas; trying again
     5797.0     a < fence
     5799.0     a < follow
     5800.0     > ERR already master of others, invalid usage
     5800.0     . still lists replicas; trying again
     5850.0     a < fence
     5852.0     a < follow
     5853.0     > ERR already master of others, invalid usage
     5853.0     . still lists replicas; trying again
     5903.0     a < fence
     5905.0     a < follow
     5906.0     > ERR already master of others, invalid usage
     5906.0     . still lists replicas; trying again
     5956.0     a < fence
     5958.0     a < follow
     5959.0     > ERR already master of others, invalid usage
     5959.0     . still lists replicas; trying again
     6009.0     a < fence
     6011.0     a < follow
     6012.0     > ERR already master of others, invalid usage
     6012.0     . still lists replicas; trying again
     6062.0     a < fence
     6064.0     a < follow
     6065.0     > ERR already master of others, invalid usage
     6065.0     . still lists replicas; trying again
     6115.0     a < fence
     6117.0     a < follow
     6118.0     > ERR already master of others, invalid usage
     6118.0     . still lists replicas; trying again
     6168.0     a < fence
     6170.0     a < follow
     6171.0     > ERR already master of others, invalid usage
     6171.0     . still lists replicas; trying again
     6221.0     a < fence
     6223.0     a < follow
     6224.0     > ERR already master of others, invalid usage
     6224.0     . still lists replicas; trying again
     6274.0     a < fence
     6276.0     a < follow
     6277.0     > ERR already master of others, invalid usage
     6277.0     . still lists replicas; trying again
     6327.0     a < fence
     6329.0     a < follow
     6330.0     > ERR already master of others, invalid usage
     6330.0     . still lists replicas; trying again
     6380.0     a < fence
     6382.0     a < follow
     6383.0     > ERR already master of others, invalid usage
     6383.0     . still lists replicas; trying again
     6433.0     a < fence
     6435.0     a < follow
     6436.0     > ERR already master of others, invalid usage
     6436.0     . still lists replicas; trying again
     6486.0     a < fence
     6488.0     a < follow
     6489.0     > ERR already master of others, invalid usage
     6489.0     . still lists replicas; trying again
     6539.0     a < fence
     6541.0     a < follow
     6542.0     > ERR already master of others, invalid usage
     6542.0     . still lists replicas; trying again
     6592.0     a < fence
     6594.0     a < follow
     6595.0     > ERR already master of others, invalid usage
     6595.0     . still lists replicas; trying again
     6645.0     a < fence
     6647.0     a < follow
     6648.0     > ERR already master of others, invalid usage
     6648.0     . still lists replicas; trying again
     6698.0     a < fence
     6700.0     a < follow
     6701.0     > ERR already master of others, invalid usage
     6701.0     . still lists replicas; trying again
     6751.0     a < fence
     6753.0     a < follow
     6754.0     > ERR already master of others, invalid usage
     6754.0     . still lists replicas; trying again
     6804.0     a < fence
     6806.0     a < follow
     6807.0     > ERR already master of others, invalid usage
     6807.0     . still lists replicas; trying again
     6857.0     a < fence
     6859.0     a < follow
     6860.0     > ERR already master of others, invalid usage
     6860.0     . still lists replicas; trying again
     6910.0     a < fence
     6912.0     a < follow
     6913.0     > ERR already master of others, invalid usage
     6913.0     . still lists replicas; trying again
     6963.0     a < fence
     6965.0     a < follow
     6966.0     > ERR already master of others, invalid usage
     6966.0     . still lists replicas; trying again
     7016.0     a < fence
     7018.0     a < follow
     7019.0     > ERR already master of others, invalid usage
     7019.0     . still lists replicas; trying again
     7069.0     a < fence
     7071.0     a < follow
     7072.0     > ERR already master of others, invalid usage
     7072.0     . still lists replicas; trying again
     7122.0     a < fence
     7124.0     a < follow
     7125.0     > ERR already master of others, invalid usage
     7125.0     . still lists replicas; trying again
     7175.0     a < fence
     7177.0     a < follow
     7178.0     > ERR already master of others, invalid usage
     7178.0     . still lists replicas; trying again
     7228.0     a < fence
     7230.0     a < follow
     7231.0     > ERR already master of others, invalid usage
     7231.0     . still lists replicas; trying again
     7281.0     a < fence
     7283.0     a < follow
     7284.0     > ERR already master of others, invalid usage
     7284.0     . still lists replicas; trying again
     7334.0     a < fence
     7336.0     a < follow
     7337.0     > ERR already master of others, invalid usage
     7337.0     . still lists replicas; trying again
     7387.0     a < fence
     7389.0     a < follow
     7390.0     > ERR already master of others, invalid usage
     7390.0     . still lists replicas; trying again
     7440.0     a < fence
     7442.0     a < follow
     7443.0     > ERR already master of others, invalid usage
     7443.0     . still lists replicas; trying again
     7493.0     a < fence
     7495.0     a < follow
     7496.0     > ERR already master of others, invalid usage
     7496.0     . still lists replicas; trying again
     7546.0     a < fence
     7548.0     a < follow
     7549.0     > ERR already master of others, invalid usage
     7549.0     . still lists replicas; trying again
     7599.0     a < fence
     7601.0     a < follow
     7602.0     > ERR already master of others, invalid usage
     7602.0     . still lists replicas; trying again
     7652.0     a < fence
     7654.0     a < follow
     7655.0     > ERR already master of others, invalid usage
     7655.0     . still lists replicas; trying again
     7705.0     a < fence
     7707.0     a < follow
     7708.0     > ERR already master of others, invalid usage
     7708.0     . still lists replicas; trying again
     7758.0     a < fence
     7760.0     a < follow
     7761.0     > ERR already master of others, invalid usage
     7761.0     . still lists replicas; trying again
     7811.0     a < fence
     7813.0     a < follow
     7814.0     > ERR already master of others, invalid usage
     7814.0     . still lists replicas; trying again
     7864.0     a < fence
     7866.0     a < follow
     7867.0     > ERR already master of others, invalid usage
     7867.0     . still lists replicas; trying again
     7917.0     a < fence
     7919.0     a < follow
     7920.0     > ERR already master of others, invalid usage
     7920.0     . still lists replicas; trying again
     7970.0     a < fence
     7972.0     a < follow
     7973.0     > ERR already master of others, invalid usage
     7973.0     . still lists replicas; trying again
     8023.0     a < fence
     8025.0     a < follow
     8026.0     > ERR already master of others, invalid usage
     8026.0     . still lists replicas; trying again
     8076.0     a < fence
     8078.0     a < follow
     8079.0     > ERR already master of others, invalid usage
     8079.0     . still lists replicas; trying again
     8129.0     a < fence
     8131.0     a < follow
     8132.0     > ERR already master of others, invalid usage
     8132.0     . still lists replicas; trying again
     8182.0     a < fence
     8184.0     a < follow
     8185.0     > ERR already master of others, invalid usage
     8185.0     . still lists replicas; trying again
     8235.0     a < fence
     8237.0     a < follow
     8238.0     > ERR already master of others, invalid usage
     8238.0     . still lists replicas; trying again
     8288.0     a < fence
     8290.0     a < follow
     8291.0     > ERR already master of others, invalid usage
     8291.0     . still lists replicas; trying again
     8341.0     a < fence
     8343.0     a < follow
     8344.0     > ERR already master of others, invalid usage
     8344.0     . still lists replicas; trying again
     8394.0     a < fence
     8396.0     a < follow
     8397.0     > ERR already master of others, invalid usage
     8397.0     . still lists replicas; trying again
     8447.0     a < fence
     8449.0     a < follow
     8450.0     > ERR already master of others, invalid usage
     8450.0     . still lists replicas; trying again
     8500.0     a < fence
     8502.0     a < follow
     8503.0     > ERR already master of others, invalid usage
     8503.0     . still lists replicas; trying again
     8553.0     a < fence
     8555.0     a < follow
     8556.0     > ERR already master of others, invalid usage
     8556.0     . still lists replicas; trying again
     8606.0     a < fence
     8608.0     a < follow
     8609.0     > ERR already master of others, invalid usage
     8609.0     . still lists replicas; trying again
     8659.0     a < fence
     8661.0     a < follow
     8662.0     > ERR already master of others, invalid usage
     8662.0     . still lists replicas; trying again
     8712.0     a < fence
     8714.0     a < follow
     8715.0     > ERR already master of others, invalid usage
     8715.0     . still lists replicas; trying again
     8765.0     a < fence
     8767.0     a < follow
     8768.0     > ERR already master of others, invalid usage
     8768.0     . still lists replicas; trying again
     8818.0     a < fence
     8820.0     a < follow
     8821.0     > ERR already master of others, invalid usage
     8821.0     . still lists replicas; trying again
     8871.0     a < fence
     8873.0     a < follow
     8874.0     > ERR already master of others, invalid usage
     8874.0     . still lists replicas; trying again
     8924.0     a < fence
     8926.0     a < follow
     8927.0     > ERR already master of others, invalid usage
     8927.0     . still lists replicas; trying again
     8977.0     a < fence
     8979.0     a < follow
     8980.0     > ERR already master of others, invalid usage
     8980.0     . still lists replicas; trying again
     9030.0     a < fence
     9032.0     a < follow
     9033.0     > ERR already master of others, invalid usage
     9033.0     . still lists replicas; trying again
     9083.0     a < fence
     9085.0     a < follow
     9086.0     > ERR already master of others, invalid usage
     9086.0     . still lists replicas; trying again
     9136.0     a < fence
     9138.0     a < follow
     9139.0     > ERR already master of others, invalid usage
     9139.0     . still lists replicas; trying again
     9189.0     a < fence
     9191.0     a < follow
     9192.0     > ERR already master of others, invalid usage
     9192.0     . still lists replicas; trying again
     9242.0     a < fence
     9244.0     a < follow
     9245.0     > ERR already master of others, invalid usage
     9245.0     . still lists replicas; trying again
     9295.0     a < fence
     9297.0     a < follow
     9298.0     > ERR already master of others, invalid usage
     9298.0     . still lists replicas; trying again
     9348.0     a < fence
     9350.0     a < follow
     9351.0     > ERR already master of others, invalid usage
     9351.0     . still lists replicas; trying again
     9401.0     a < fence
     9403.0     a < follow
     9404.0     > ERR already master of others, invalid usage
     9404.0     . still lists replicas; trying again
     9454.0     a < fence
     9456.0     a < follow
     9457.0     > ERR already master of others, invalid usage
     9457.0     . still lists replicas; trying again
     9507.0     a < fence
     9509.0     a < follow
     9510.0     > ERR already master of others, invalid usage
     9510.0     . still lists replicas; trying again
     9560.0     a < fence
     9562.0     a < follow
     9563.0     > ERR already master of others, invalid usage
     9563.0     . still lists replicas; trying again
     9613.0     a < fence
     9615.0     a < follow
     9616.0     > ERR already master of others, invalid usage
     9616.0     . still lists replicas; trying again
     9666.0     a < fence
     9668.0     a < follow
     9669.0     > ERR already master of others, invalid usage
     9669.0     . still lists replicas; trying again
     9719.0     a < fence
     9721.0     a < follow
     9722.0     > ERR already master of others, invalid usage
     9722.0     . still lists replicas; trying again
     9772.0     a < fence
     9774.0     a < follow
     9775.0     > ERR already master of others, invalid usage
     9775.0     . still lists replicas; trying again
     9825.0     a < fence
     9827.0     a < follow
     9828.0     > ERR already master of others, invalid usage
     9828.0     . still lists replicas; trying again
     9878.0     a < fence
     9880.0     a < follow
     9881.0     > ERR already master of others, invalid usage
     9881.0     . still lists replicas; trying again
     9931.0     a < fence
     9933.0     a < follow
     9934.0     > ERR already master of others, invalid usage
     9934.0     . still lists replicas; trying again
     9984.0     a < fence
     9986.0     a < follow
     9987.0     > ERR already master of others, invalid usage
     9987.0     . still lists replicas; trying again
    10037.0     a < fence
    10039.0     a < follow
    10040.0     > ERR already master of others, invalid usage
    10040.0     . still lists replicas; trying again
    10090.0     a < fence
    10092.0     a < follow
    10093.0     > ERR already master of others, invalid usage
    10093.0     . still lists replicas; trying again
    10143.0     a < fence
    10145.0     a < follow
    10146.0     > ERR already master of others, invalid usage
    10146.0     . still lists replicas; trying again
    10196.0     a < fence
    10198.0     a < follow
    10199.0     > ERR already master of others, invalid usage
    10199.0     . still lists replicas; trying again
    10249.0     a < fence
    10251.0     a < follow
    10252.0     > ERR already master of others, invalid usage
    10252.0     . still lists replicas; trying again
    10302.0     a < fence
    10304.0     a < follow
    10305.0     > ERR already master of others, invalid usage
    10305.0     . still lists replicas; trying again
    10355.0     a < fence
    10357.0     a < follow
    10358.0     > ERR already master of others, invalid usage
    10358.0     . still lists replicas; trying again
    10408.0     a < fence
    10410.0     a < follow
    10411.0     > ERR already master of others, invalid usage
    10411.0     . still lists replicas; trying again
    10461.0     a < fence
    10463.0     a < follow
    10464.0     > ERR already master of others, invalid usage
    10464.0     . still lists replicas; trying again
    10514.0     a < fence
    10516.0     a < follow
    10517.0     > ERR already master of others, invalid usage
    10517.0     . still lists replicas; trying again
    10567.0     a < fence
    10569.0     a < follow
    10570.0     > ERR already master of others, invalid usage
    10570.0     . still lists replicas; trying again
    10620.0     a < fence
    10622.0     a < follow
    10623.0     > ERR already master of others, invalid usage
    10623.0     . still lists replicas; trying again
    10673.0     a < fence
    10675.0     a < follow
    10676.0     > ERR already master of others, invalid usage
    10676.0     . still lists replicas; trying again
    10726.0     a < fence
    10728.0     a < follow
    10729.0     > ERR already master of others, invalid usage
    10729.0     . still lists replicas; trying again
    10779.0     a < fence
    10781.0     a < follow
    10782.0     > ERR already master of others, invalid usage
    10782.0     . still lists replicas; trying again
    10832.0     a < fence
    10834.0     a < follow
    10835.0     > ERR already master of others, invalid usage
    10835.0     . still lists replicas; trying again
    10885.0     a < fence
    10887.0     a < follow
    10888.0     > ERR already master of others, invalid usage
    10888.0     . still lists replicas; trying again
    10938.0     a < fence
    10940.0     a < follow
    10941.0     > ERR already master of others, invalid usage
    10941.0     . still lists replicas; trying again
    10991.0     a < fence
    10993.0     a < follow
    10994.0     > ERR already master of others, invalid usage
    10994.0     . still lists replicas; trying again
    11044.0     a < fence
    11046.0     a < follow
    11047.0     > ERR already master of others, invalid usage
    11047.0     . still lists replicas; trying again
    11097.0     a < fence
    11099.0     a < follow
    11100.0     > ERR already master of others, invalid usage
    11100.0     . still lists replicas; trying again
    11150.0     a < fence
    11152.0     a < follow
    11153.0     > ERR already master of others, invalid usage
    11153.0     . still lists replicas; trying again
    11203.0     a < fence
    11205.0     a < follow
    11206.0     > ERR already master of others, invalid usage
    11206.0     . still lists replicas; trying again
    11256.0     a < fence
    11258.0     a < follow
    11259.0     > ERR already master of others, invalid usage
    11259.0     . still lists replicas; trying again
    11309.0     a < fence
    11311.0     a < follow
    11312.0     > ERR already master of others, invalid usage
    11312.0     . still lists replicas; trying again
    11362.0     a < fence
    11364.0     a < follow
    11365.0     > ERR already master of others, invalid usage
    11365.0     . still lists replicas; trying again
    11415.0     a < fence
    11417.0     a < follow
    11418.0     > ERR already master of others, invalid usage
    11418.0     . still lists replicas; trying again
    11468.0     a < fence
    11470.0     a < follow
    11471.0     > ERR already master of others, invalid usage
    11471.0     . still lists replicas; trying again
    11521.0     a < fence
    11523.0     a < follow
    11524.0     > ERR already master of others, invalid usage
    11524.0     . still lists replicas; trying again
    11574.0     a < fence
    11576.0     a < follow
    11577.0     > ERR already master of others, invalid usage
    11577.0     . still lists replicas; trying again
    11627.0     a < fence
    11629.0     a < follow
    11630.0     > ERR already master of others, invalid usage
    11630.0     . still lists replicas; trying again
    11680.0     a < fence
    11682.0     a < follow
    11683.0     > ERR already master of others, invalid usage
    11683.0     . still lists replicas; trying again
    11733.0     a < fence
    11735.0     a < follow
    11736.0     > ERR already master of others, invalid usage
    11736.0     . still lists replicas; trying again
    11786.0     a < fence
    11788.0     a < follow
    11789.0     > ERR already master of others, invalid usage
    11789.0     . still lists replicas; trying again
    11839.0     a < fence
    11841.0     a < follow
    11842.0     > ERR already master of others, invalid usage
    11842.0     . still lists replicas; trying again
    11892.0     a < fence
    11894.0     a < follow
    11895.0     > ERR already master of others, invalid usage
    11895.0     . still lists replicas; trying again
    11945.0     a < fence
    11947.0     a < follow
    11948.0     > ERR already master of others, invalid usage
    11948.0     . still lists replicas; trying again
    11998.0     a < fence
    12000.0     a < follow
    12001.0     > ERR already master of others, invalid usage
    12001.0     . still lists replicas; trying again
    12051.0     a < fence
    12053.0     a < follow
    12054.0     > ERR already master of others, invalid usage
    12054.0     . still lists replicas; trying again
    12104.0     a < fence
    12106.0     a < follow
    12107.0     > ERR already master of others, invalid usage
    12107.0     . still lists replicas; trying again
    12157.0     a < fence
    12159.0     a < follow
    12160.0     > ERR already master of others, invalid usage
    12160.0     . still lists replicas; trying again
    12210.0     a < fence
    12212.0     a < follow
    12213.0     > ERR already master of others, invalid usage
    12213.0     . still lists replicas; trying again
    12263.0     a < fence
    12265.0     a < follow
    12266.0     > ERR already master of others, invalid usage
    12266.0     . still lists replicas; trying again
    12316.0     a < fence
    12318.0     a < follow
    12319.0     > ERR already master of others, invalid usage
    12319.0     . still lists replicas; trying again
    12369.0     a < fence
    12371.0     a < follow
    12372.0     > ERR already master of others, invalid usage
    12372.0     . still lists replicas; trying again
    12422.0     a < fence
    12424.0     a < follow
    12425.0     > ERR already master of others, invalid usage
    12425.0     . still lists replicas; trying again
    12475.0     a < fence
    12477.0     a < follow
    12478.0     > ERR already master of others, invalid usage
    12478.0     . still lists replicas; trying again
    12528.0     a < fence
    12530.0     a < follow
    12531.0     > ERR already master of others, invalid usage
    12531.0     . still lists replicas; trying again
    12581.0     a < fence
    12583.0     a < follow
    12584.0     > ERR already master of others, invalid usage
    12584.0     . still lists replicas; trying again
    12634.0     a < fence
    12636.0     a < follow
    12637.0     > ERR already master of others, invalid usage
    12637.0     . still lists replicas; trying again
    12687.0     a < fence
    12689.0     a < follow
    12690.0     > ERR already master of others, invalid usage
    12690.0     . still lists replicas; trying again
    12740.0     a < fence
    12742.0     a < follow
    12743.0     > ERR already master of others, invalid usage
    12743.0     . still lists replicas; trying again
    12793.0     a < fence
    12795.0     a < follow
    12796.0     > ERR already master of others, invalid usage
    12796.0     . still lists replicas; trying again
    12846.0     a < fence
    12848.0     a < follow
    12849.0     > ERR already master of others, invalid usage
    12849.0     . still lists replicas; trying again
    12899.0     a < fence
    12901.0     a < follow
    12902.0     > ERR already master of others, invalid usage
    12902.0     . still lists replicas; trying again
    12952.0     a < fence
    12954.0     a < follow
    12955.0     > ERR already master of others, invalid usage
    12955.0     . still lists replicas; trying again
    13005.0     a < fence
    13007.0     a < follow
    13008.0     > ERR already master of others, invalid usage
    13008.0     . still lists replicas; trying again
    13058.0     a < fence
    13060.0     a < follow
    13061.0     > ERR already master of others, invalid usage
    13061.0     . still lists replicas; trying again
    13111.0     a < fence
    13113.0     a < follow
    13114.0     > ERR already master of others, invalid usage
    13114.0     . still lists replicas; trying again
    13164.0     a < fence
    13166.0     a < follow
    13167.0     > ERR already master of others, invalid usage
    13167.0     . still lists replicas; trying again
    13217.0     a < fence
    13219.0     a < follow
    13220.0     > ERR already master of others, invalid usage
    13220.0     . still lists replicas; trying again
    13270.0     a < fence
    13272.0     a < follow
    13273.0     > ERR already master of others, invalid usage
    13273.0     . still lists replicas; trying again
    13323.0     a < fence
    13325.0     a < follow
    13326.0     > ERR already master of others, invalid usage
    13326.0     . still lists replicas; trying again
    13376.0     a < fence
    13378.0     a < follow
    13379.0     > ERR already master of others, invalid usage
    13379.0     . still lists replicas; trying again
    13429.0     a < fence
    13431.0     a < follow
    13432.0     > ERR already master of others, invalid usage
    13432.0     . still lists replicas; trying again
    13482.0     a < fence
    13484.0     a < follow
    13485.0     > ERR already master of others, invalid usage
    13485.0     . still lists replicas; trying again
    13535.0     a < fence
    13537.0     a < follow
    13538.0     > ERR already master of others, invalid usage
    13538.0     . still lists replicas; trying again
    13588.0     a < fence
    13590.0     a < follow
    13591.0     > ERR already master of others, invalid usage
    13591.0     . still lists replicas; trying again
    13641.0     a < fence
    13643.0     a < follow
    13644.0     > ERR already master of others, invalid usage
    13644.0     . still lists replicas; trying again
    13694.0     a < fence
    13696.0     a < follow
    13697.0     > ERR already master of others, invalid usage
    13697.0     . still lists replicas; trying again
    13747.0     a < fence
    13749.0     a < follow
    13750.0     > ERR already master of others, invalid usage
    13750.0     . still lists replicas; trying again
    13800.0     a < fence
    13802.0     a < follow
    13803.0     > ERR already master of others, invalid usage
    13803.0     . still lists replicas; trying again
    13853.0     a < fence
    13855.0     a < follow
    13856.0     > ERR already master of others, invalid usage
    13856.0     . still lists replicas; trying again
    13906.0     a < fence
    13908.0     a < follow
    13909.0     > ERR already master of others, invalid usage
    13909.0     . still lists replicas; trying again
    13959.0     a < fence
    13961.0     a < follow
    13962.0     > ERR already master of others, invalid usage
    13962.0     . still lists replicas; trying again
    14012.0     a < fence
    14014.0     a < follow
    14015.0     > ERR already master of others, invalid usage
    14015.0     . still lists replicas; trying again
    14065.0     a < fence
    14067.0     a < follow
    14068.0     > ERR already master of others, invalid usage
    14068.0     . still lists replicas; trying again
    14118.0     a < fence
    14120.0     a < follow
    14121.0     > ERR already master of others, invalid usage
    14121.0     . still lists replicas; trying again
    14171.0     a < fence
    14173.0     a < follow
    14174.0     > ERR already master of others, invalid usage
    14174.0     . still lists replicas; trying again
    14224.0     a < fence
    14226.0     a < follow
    14227.0     > ERR already master of others, invalid usage
    14227.0     . still lists replicas; trying again
    14277.0     a < fence
    14279.0     a < follow
    14280.0     > ERR already master of others, invalid usage
    14280.0     . still lists replicas; trying again
    14330.0     a < fence
    14332.0     a < follow
    14333.0     > ERR already master of others, invalid usage
    14333.0     . still lists replicas; trying again
    14383.0     a < fence
    14385.0     a < follow
    14386.0     > ERR already master of others, invalid usage
    14386.0     . still lists replicas; trying again
    14436.0     a < fence
    14438.0     a < follow
    14439.0     > ERR already master of others, invalid usage
    14439.0     . still lists replicas; trying again
    14489.0     a < fence
    14491.0     a < follow
    14492.0     > ERR already master of others, invalid usage
    14492.0     . still lists replicas; trying again
    14542.0     a < fence
    14544.0     a < follow
    14545.0     > ERR already master of others, invalid usage
    14545.0     . still lists replicas; trying again
    14595.0     a < fence
    14597.0     a < follow
    14598.0     > ERR already master of others, invalid usage
    14598.0     . still lists replicas; trying again
    14648.0     a < fence
    14650.0     a < follow
    14651.0     > ERR already master of others, invalid usage
    14651.0     . still lists replicas; trying again
    14701.0     a < fence
    14703.0     a < follow
    14704.0     > ERR already master of others, invalid usage
    14704.0     . still lists replicas; trying again
    14754.0     a < fence
    14756.0     a < follow
    14757.0     > ERR already master of others, invalid usage
    14757.0     . still lists replicas; trying again
    14807.0     a < fence
    14809.0     a < follow
    14810.0     > ERR already master of others, invalid usage
    14810.0     . still lists replicas; trying again
    14860.0     a < fence
    14862.0     a < follow
    14863.0     > ERR already master of others, invalid usage
    14863.0     . still lists replicas; trying again
    14913.0     a < fence
    14915.0     a < follow
    14916.0     > ERR already master of others, invalid usage
    14916.0     . still lists replicas; trying again
    14966.0     a < fence
    14968.0     a < follow
    14969.0     > ERR already master of others, invalid usage
    14969.0     . still lists replicas; trying again
    15019.0     a < fence
    15021.0     a < follow
    15022.0     > ERR already master of others, invalid usage
    15022.0     . still lists replicas; trying again
    15072.0     a < fence
    15074.0     a < follow
    15075.0     > ERR already master of others, invalid usage
    15075.0     . still lists replicas; trying again
    15125.0     a < fence
    15127.0     a < follow
    15128.0     > ERR already master of others, invalid usage
    15128.0     . still lists replicas; trying again
    15178.0     a < fence
    15180.0     a < follow
    15181.0     > ERR already master of others, invalid usage
    15181.0     . still lists replicas; trying again
    15231.0     a < fence
    15233.0     a < follow
    15234.0     > ERR already master of others, invalid usage
    15234.0     . still lists replicas; trying again
    15284.0     a < fence
    15286.0     a < follow
    15287.0     > ERR already master of others, invalid usage
    15287.0     . still lists replicas; trying again
    15337.0     a < fence
    15339.0     a < follow
    15340.0     > ERR already master of others, invalid usage
    15340.0     . still lists replicas; trying again
    15390.0     a < fence
    15392.0     a < follow
    15393.0     > ERR already master of others, invalid usage
    15393.0     . still lists replicas; trying again
    15443.0     a < fence
    15445.0     a < follow
    15446.0     > ERR already master of others, invalid usage
    15446.0     . still lists replicas; trying again
    15496.0     a < fence
    15498.0     a < follow
    15499.0     > ERR already master of others, invalid usage
    15499.0     . still lists replicas; trying again
    15549.0     a < fence
    15551.0     a < follow
    15552.0     > ERR already master of others, invalid usage
    15552.0     . still lists replicas; trying again
    15602.0     a < fence
    15604.0     a < follow
    15605.0     > ERR already master of others, invalid usage
    15605.0     . still lists replicas; trying again
    15655.0     a < fence
    15657.0     a < follow
    15658.0     > ERR already master of others, invalid usage
    15658.0     . still lists replicas; trying again
    15708.0     a < fence
    15710.0     a < follow
    15711.0     > ERR already master of others, invalid usage
    15711.0     . still lists replicas; trying again
    15761.0     a < fence
    15763.0     a < follow
    15764.0     > ERR already master of others, invalid usage
    15764.0     . still lists replicas; trying again
    15814.0     a < fence
    15816.0     a < follow
    15817.0     > ERR already master of others, invalid usage
    15817.0     . still lists replicas; trying again
    15867.0     a < fence
    15869.0     a < follow
    15870.0     > ERR already master of others, invalid usage
    15870.0     . still lists replicas; trying again
    15920.0     a < fence
    15922.0     a < follow
    15923.0     > ERR already master of others, invalid usage
    15923.0     . still lists replicas; trying again
    15973.0     a < fence
    15975.0     a < follow
    15976.0     > ERR already master of others, invalid usage
    15976.0     . still lists replicas; trying again
    16026.0     a < fence
    16028.0     a < follow
    16029.0     > ERR already master of others, invalid usage
    16029.0     . still lists replicas; trying again
    16079.0     a < fence
    16081.0     a < follow
    16082.0     > ERR already master of others, invalid usage
    16082.0     . still lists replicas; trying again
    16132.0     a < fence
    16134.0     a < follow
    16135.0     > ERR already master of others, invalid usage
    16135.0     . still lists replicas; trying again
    16185.0     a < fence
    16187.0     a < follow
    16188.0     > ERR already master of others, invalid usage
    16188.0     . still lists replicas; trying again
    16238.0     a < fence
    16240.0     a < follow
    16241.0     > ERR already master of others, invalid usage
    16241.0     . still lists replicas; trying again
    16291.0     a < fence
    16293.0     a < follow
    16294.0     > ERR already master of others, invalid usage
    16294.0     . still lists replicas; trying again
    16344.0     a < fence
    16346.0     a < follow
    16347.0     > ERR already master of others, invalid usage
    16347.0     . still lists replicas; trying again
    16397.0     a < fence
    16399.0     a < follow
    16400.0     > ERR already master of others, invalid usage
    16400.0     . still lists replicas; trying again
    16450.0     a < fence
    16452.0     a < follow
    16453.0     > ERR already master of others, invalid usage
    16453.0     . still lists replicas; trying again
    16503.0     a < fence
    16505.0     a < follow
    16506.0     > ERR already master of others, invalid usage
    16506.0     . still lists replicas; trying again
    16556.0     a < fence
    16558.0     a < follow
    16559.0     > ERR already master of others, invalid usage
    16559.0     . still lists replicas; trying again
    16609.0     a < fence
    16611.0     a < follow
    16612.0     > ERR already master of others, invalid usage
    16612.0     . still lists replicas; trying again
    16662.0     a < fence
    16664.0     a < follow
    16665.0     > ERR already master of others, invalid usage
    16665.0     . still lists replicas; trying again
    16715.0     a < fence
    16717.0     a < follow
    16718.0     > ERR already master of others, invalid usage
    16718.0     . still lists replicas; trying again
    16768.0     a < fence
    16770.0     a < follow
    16771.0     > ERR already master of others, invalid usage
    16771.0     . still lists replicas; trying again
    16821.0     a < fence
    16823.0     a < follow
    16824.0     > ERR already master of others, invalid usage
    16824.0     . still lists replicas; trying again
    16874.0     a < fence
    16876.0     a < follow
    16877.0     > ERR already master of others, invalid usage
    16877.0     . still lists replicas; trying again
    16927.0     a < fence
    16929.0     a < follow
    16930.0     > ERR already master of others, invalid usage
    16930.0     . still lists replicas; trying again
    16980.0     a < fence
    16982.0     a < follow
    16983.0     > ERR already master of others, invalid usage
    16983.0     . still lists replicas; trying again
    17033.0     a < fence
    17035.0     a < follow
    17036.0     > ERR already master of others, invalid usage
    17036.0     . still lists replicas; trying again
    17086.0     a < fence
    17088.0     a < follow
    17089.0     > ERR already master of others, invalid usage
    17089.0     . still lists replicas; trying again
    17139.0     a < fence
    17141.0     a < follow
    17142.0     > ERR already master of others, invalid usage
    17142.0     . still lists replicas; trying again
    17192.0     a < fence
    17194.0     a < follow
    17195.0     > ERR already master of others, invalid usage
    17195.0     . still lists replicas; trying again
    17245.0     a < fence
    17247.0     a < follow
    17248.0     > ERR already master of others, invalid usage
    17248.0     . still lists replicas; trying again
    17298.0     a < fence
    17300.0     a < follow
    17301.0     > ERR already master of others, invalid usage
    17301.0     . still lists replicas; trying again
    17351.0     a < fence
    17353.0     a < follow
    17354.0     > ERR already master of others, invalid usage
    17354.0     . still lists replicas; trying again
    17404.0     a < fence
    17406.0     a < follow
    17407.0     > ERR already master of others, invalid usage
    17407.0     . still lists replicas; trying again
    17457.0     a < fence
    17459.0     a < follow
    17460.0     > ERR already master of others, invalid usage
    17460.0     . still lists replicas; trying again
    17510.0     a < fence
    17512.0     a < follow
    17513.0     > ERR already master of others, invalid usage
    17513.0     . still lists replicas; trying again
    17563.0     a < fence
    17565.0     a < follow
    17566.0     > ERR already master of others, invalid usage
    17566.0     . still lists replicas; trying again
    17616.0     a < fence
    17618.0     a < follow
    17619.0     > ERR already master of others, invalid usage
    17619.0     . still lists replicas; trying again
    17669.0     a < fence
    17671.0     a < follow
    17672.0     > ERR already master of others, invalid usage
    17672.0     . still lists replicas; trying again
    17722.0     a < fence
    17724.0     a < follow
    17725.0     > ERR already master of others, invalid usage
    17725.0     . still lists replicas; trying again
    17775.0     a < fence
    17777.0     a < follow
    17778.0     > ERR already master of others, invalid usage
    17778.0     . still lists replicas; trying again
    17828.0     a < fence
    17830.0     a < follow
    17831.0     > ERR already master of others, invalid usage
    17831.0     . still lists replicas; trying again
    17881.0     a < fence
    17883.0     a < follow
    17884.0     > ERR already master of others, invalid usage
    17884.0     . still lists replicas; trying again
    17934.0     a < fence
    17936.0     a < follow
    17937.0     > ERR already master of others, invalid usage
    17937.0     . still lists replicas; trying again
    17987.0     a < fence
    17989.0     a < follow
    17990.0     > ERR already master of others, invalid usage
    17990.0     . still lists replicas; trying again
    18040.0     a < fence
    18042.0     a < follow
    18043.0     > ERR already master of others, invalid usage
    18043.0     . still lists replicas; trying again
    18093.0     a < fence
    18095.0     a < follow
    18096.0     > ERR already master of others, invalid usage
    18096.0     . still lists replicas; trying again
    18146.0     a < fence
    18148.0     a < follow
    18149.0     > ERR already master of others, invalid usage
    18149.0     . still lists replicas; trying again
    18199.0     a < fence
    18201.0     a < follow
    18202.0     > ERR already master of others, invalid usage
    18202.0     . still lists replicas; trying again
    18252.0     a < fence
    18254.0     a < follow
    18255.0     > ERR already master of others, invalid usage
    18255.0     . still lists replicas; trying again
    18305.0     a < fence
    18307.0     a < follow
    18308.0     > ERR already master of others, invalid usage
    18308.0     . still lists replicas; trying again
    18358.0     a < fence
    18360.0     a < follow
    18361.0     > ERR already master of others, invalid usage
    18361.0     . still lists replicas; trying again
    18411.0     a < fence
    18413.0     a < follow
    18414.0     > ERR already master of others, invalid usage
    18414.0     . still lists replicas; trying again
    18464.0     a < fence
    18466.0     a < follow
    18467.0     > ERR already master of others, invalid usage
    18467.0     . still lists replicas; trying again
    18517.0     a < fence
    18519.0     a < follow
    18520.0     > ERR already master of others, invalid usage
    18520.0     . still lists replicas; trying again
    18570.0     a < fence
    18572.0     a < follow
    18573.0     > ERR already master of others, invalid usage
    18573.0     . still lists replicas; trying again
    18623.0     a < fence
    18625.0     a < follow
    18626.0     > ERR already master of others, invalid usage
    18626.0     . still lists replicas; trying again
    18676.0     a < fence
    18678.0     a < follow
    18679.0     > ERR already master of others, invalid usage
    18679.0     . still lists replicas; trying again
    18729.0     a < fence
    18731.0     a < follow
    18732.0     > ERR already master of others, invalid usage
    18732.0     . still lists replicas; trying again
    18782.0     a < fence
    18784.0     a < follow
    18785.0     > ERR already master of others, invalid usage
    18785.0     . still lists replicas; trying again
    18835.0     a < fence
    18837.0     a < follow
    18838.0     > ERR already master of others, invalid usage
    18838.0     . still lists replicas; trying again
    18888.0     a < fence
    18890.0     a < follow
    18891.0     > ERR already master of others, invalid usage
    18891.0     . still lists replicas; trying again
    18941.0     a < fence
    18943.0     a < follow
    18944.0     > ERR already master of others, invalid usage
    18944.0     . still lists replicas; trying again
    18994.0     a < fence
    18996.0     a < follow
    18997.0     > ERR already master of others, invalid usage
    18997.0     . still lists replicas; trying again
    19047.0     a < fence
    19049.0     a < follow
    19050.0     > ERR already master of others, invalid usage
    19050.0     . still lists replicas; trying again
    19100.0     a < fence
    19102.0     a < follow
    19103.0     > ERR already master of others, invalid usage
    19103.0     . still lists replicas; trying again
    19153.0     a < fence
    19155.0     a < follow
    19156.0     > ERR already master of others, invalid usage
    19156.0     . still lists replicas; trying again
    19206.0     a < fence
    19208.0     a < follow
    19209.0     > ERR already master of others, invalid usage
    19209.0     . still lists replicas; trying again
    19259.0     a < fence
    19261.0     a < follow
    19262.0     > ERR already master of others, invalid usage
    19262.0     . still lists replicas; trying again
    19312.0     a < fence
    19314.0     a < follow
    19315.0     > ERR already master of others, invalid usage
    19315.0     . still lists replicas; trying again
    19365.0     a < fence
    19367.0     a < follow
    19368.0     > ERR already master of others, invalid usage
    19368.0     . still lists replicas; trying again
    19418.0     a < fence
    19420.0     a < follow
    19421.0     > ERR already master of others, invalid usage
    19421.0     . still lists replicas; trying again
    19471.0     a < fence
    19473.0     a < follow
    19474.0     > ERR already master of others, invalid usage
    19474.0     . still lists replicas; trying again
    19524.0     a < fence
    19526.0     a < follow
    19527.0     > ERR already master of others, invalid usage
    19527.0     . still lists replicas; trying again
    19577.0     a < fence
    19579.0     a < follow
    19580.0     > ERR already master of others, invalid usage
    19580.0     . still lists replicas; trying again
    19630.0     a < fence
    19632.0     a < follow
    19633.0     > ERR already master of others, invalid usage
    19633.0     . still lists replicas; trying again
    19683.0     a < fence
    19685.0     a < follow
    19686.0     > ERR already master of others, invalid usage
    19686.0     . still lists replicas; trying again
    19736.0     a < fence
    19738.0     a < follow
    19739.0     > ERR already master of others, invalid usage
    19739.0     . still lists replicas; trying again
    19789.0     a < fence
    19791.0     a < follow
    19792.0     > ERR already master of others, invalid usage
    19792.0     . still lists replicas; trying again
    19842.0     a < fence
    19844.0     a < follow
    19845.0     > ERR already master of others, invalid usage
    19845.0     . still lists replicas; trying again
    19895.0     a < fence
    19897.0     a < follow
    19898.0     > ERR already master of others, invalid usage
    19898.0     . still lists replicas; trying again
    19948.0     a < fence
    19950.0     a < follow
    19951.0     > ERR already master of others, invalid usage
    19951.0     . still lists replicas; trying again
    20001.0     a < fence
    20003.0     a < follow
    20004.0     > ERR already master of others, invalid usage
    20004.0     . still lists replicas; trying again
    20054.0     a < fence
    20056.0     a < follow
    20057.0     > ERR already master of others, invalid usage
    20057.0     . still lists replicas; trying again
    20107.0     a < fence
    20109.0     a < follow
    20110.0     > ERR already master of others, invalid usage
    20110.0     . still lists replicas; trying again
    20160.0     a < fence
    20162.0     a < follow
    20163.0     > ERR already master of others, invalid usage
    20163.0     . still lists replicas; trying again
    20213.0     a < fence
    20215.0     a < follow
    20216.0     > ERR already master of others, invalid usage
    20216.0     . still lists replicas; trying again
    20266.0     a < fence
    20268.0     a < follow
    20269.0     > ERR already master of others, invalid usage
    20269.0     . still lists replicas; trying again
    20319.0     a < fence
    20321.0     a < follow
    20322.0     > ERR already master of others, invalid usage
    20322.0     . still lists replicas; trying again
    20372.0     a < fence
    20374.0     a < follow
    20375.0     > ERR already master of others, invalid usage
    20375.0     . still lists replicas; trying again
    20425.0     a < fence
    20427.0     a < follow
    20428.0     > ERR already master of others, invalid usage
    20428.0     . still lists replicas; trying again
    20478.0     a < fence
    20480.0     a < follow
    20481.0     > ERR already master of others, invalid usage
    20481.0     . still lists replicas; trying again
    20531.0     a < fence
    20533.0     a < follow
    20534.0     > ERR already master of others, invalid usage
    20534.0     . still lists replicas; trying again
    20584.0     a < fence
    20586.0     a < follow
    20587.0     > ERR already master of others, invalid usage
    20587.0     . still lists replicas; trying again
    20637.0     a < fence
    20639.0     a < follow
    20640.0     > ERR already master of others, invalid usage
    20640.0     . still lists replicas; trying again
    20690.0     a < fence
    20692.0     a < follow
    20693.0     > ERR already master of others, invalid usage
    20693.0     . still lists replicas; trying again
    20743.0     a < fence
    20745.0     a < follow
    20746.0     > ERR already master of others, invalid usage
    20746.0     . still lists replicas; trying again
    20796.0     a < fence
    20798.0     a < follow
    20799.0     > ERR already master of others, invalid usage
    20799.0     . still lists replicas; trying again
    20849.0     a < fence
    20851.0     a < follow
    20852.0     > ERR already master of others, invalid usage
    20852.0     . still lists replicas; trying again
    20902.0     a < fence
    20904.0     a < follow
    20905.0     > ERR already master of others, invalid usage
    20905.0     . still lists replicas; trying again
    20955.0     a < fence
    20957.0     a < follow
    20958.0     > ERR already master of others, invalid usage
    20958.0     . still lists replicas; trying again
    21008.0     a < fence
    21010.0     a < follow
    21011.0     > ERR already master of others, invalid usage
    21011.0     . still lists replicas; trying again
    21061.0     a < fence
    21063.0     a < follow
    21064.0     > ERR already master of others, invalid usage
    21064.0     . still lists replicas; trying again
    21114.0     a < fence
    21116.0     a < follow
    21117.0     > ERR already master of others, invalid usage
    21117.0     . still lists replicas; trying again
    21167.0     a < fence
    21169.0     a < follow
    21170.0     > ERR already master of others, invalid usage
    21170.0     . still lists replicas; trying again
    21220.0     a < fence
    21222.0     a < follow
    21223.0     > ERR already master of others, invalid usage
    21223.0     . still lists replicas; trying again
    21273.0     a < fence
    21275.0     a < follow
    21276.0     > ERR already master of others, invalid usage
    21276.0     . still lists replicas; trying again
    21326.0     a < fence
    21328.0     a < follow
    21329.0     > ERR already master of others, invalid usage
    21329.0     . still lists replicas; trying again
    21379.0     a < fence
    21381.0     a < follow
    21382.0     > ERR already master of others, invalid usage
    21382.0     . still lists replicas; trying again
    21432.0     a < fence
    21434.0     a < follow
    21435.0     > ERR already master of others, invalid usage
    21435.0     . still lists replicas; trying again
    21485.0     a < fence
    21487.0     a < follow
    21488.0     > ERR already master of others, invalid usage
    21488.0     . still lists replicas; trying again
    21538.0     a < fence
    21540.0     a < follow
    21541.0     > ERR already master of others, invalid usage
    21541.0     . still lists replicas; trying again
    21591.0     a < fence
    21593.0     a < follow
    21594.0     > ERR already master of others, invalid usage
    21594.0     . still lists replicas; trying again
    21644.0     a < fence
    21646.0     a < follow
    21647.0     > ERR already master of others, invalid usage
    21647.0     . still lists replicas; trying again
    21697.0     a < fence
    21699.0     a < follow
    21700.0     > ERR already master of others, invalid usage
    21700.0     . still lists replicas; trying again
    21750.0     a < fence
    21752.0     a < follow
    21753.0     > ERR already master of others, invalid usage
    21753.0     . still lists replicas; trying again
    21803.0     a < fence
    21805.0     a < follow
    21806.0     > ERR already master of others, invalid usage
    21806.0     . still lists replicas; trying again
    21856.0     a < fence
    21858.0     a < follow
    21859.0     > ERR already master of others, invalid usage
    21859.0     . still lists replicas; trying again
    21909.0     a < fence
    21911.0     a < follow
    21912.0     > ERR already master of others, invalid usage
    21912.0     . still lists replicas; trying again
    21962.0     a < fence
    21964.0     a < follow
    21965.0     > ERR already master of others, invalid usage
    21965.0     . still lists replicas; trying again
    22015.0     a < fence
    22017.0     a < follow
    22018.0     > ERR already master of others, invalid usage
    22018.0     . still lists replicas; trying again
    22068.0     a < fence
    22070.0     a < follow
    22071.0     > ERR already master of others, invalid usage
    22071.0     . still lists replicas; trying again
    22121.0     a < fence
    22123.0     a < follow
    22124.0     > ERR already master of others, invalid usage
    22124.0     . still lists replicas; trying again
    22174.0     a < fence
    22176.0     a < follow
    22177.0     > ERR already master of others, invalid usage
    22177.0     . still lists replicas; trying again
    22227.0     a < fence
    22229.0     a < follow
    22230.0     > ERR already master of others, invalid usage
    22230.0     . still lists replicas; trying again
    22280.0     a < fence
    22282.0     a < follow
    22283.0     > ERR already master of others, invalid usage
    22283.0     . still lists replicas; trying again
    22333.0     a < fence
    22335.0     a < follow
    22336.0     > ERR already master of others, invalid usage
    22336.0     . still lists replicas; trying again
    22386.0     a < fence
    22388.0     a < follow
    22389.0     > ERR already master of others, invalid usage
    22389.0     . still lists replicas; trying again
    22439.0     a < fence
    22441.0     a < follow
    22442.0     > ERR already master of others, invalid usage
    22442.0     . still lists replicas; trying again
    22492.0     a < fence
    22494.0     a < follow
    22495.0     > ERR already master of others, invalid usage
    22495.0     . still lists replicas; trying again
    22545.0     a < fence
    22547.0     a < follow
    22548.0     > ERR already master of others, invalid usage
    22548.0     . still lists replicas; trying again
    22598.0     a < fence
    22600.0     a < follow
    22601.0     > ERR already master of others, invalid usage
    22601.0     . still lists replicas; trying again
    22651.0     a < fence
    22653.0     a < follow
    22654.0     > ERR already master of others, invalid usage
    22654.0     . still lists replicas; trying again
    22704.0     a < fence
    22706.0     a < follow
    22707.0     > ERR already master of others, invalid usage
    22707.0     . still lists replicas; trying again
    22757.0     a < fence
    22759.0     a < follow
    22760.0     > ERR already master of others, invalid usage
    22760.0     . still lists replicas; trying again
    22810.0     a < fence
    22812.0     a < follow
    22813.0     > ERR already master of others, invalid usage
    22813.0     . still lists replicas; trying again
    22863.0     a < fence
    22865.0     a < follow
    22866.0     > ERR already master of others, invalid usage
    22866.0     . still lists replicas; trying again
    22916.0     a < fence
    22918.0     a < follow
    22919.0     > ERR already master of others, invalid usage
    22919.0     . still lists replicas; trying again
    22969.0     a < fence
    22971.0     a < follow
    22972.0     > ERR already master of others, invalid usage
    22972.0     . still lists replicas; trying again
    23022.0     a < fence
    23024.0     a < follow
    23025.0     > ERR already master of others, invalid usage
    23025.0     . still lists replicas; trying again
    23075.0     a < fence
    23077.0     a < follow
    23078.0     > ERR already master of others, invalid usage
    23078.0     . still lists replicas; trying again
    23128.0     a < fence
    23130.0     a < follow
    23131.0     > ERR already master of others, invalid usage
    23131.0     . still lists replicas; trying again
    23181.0     a < fence
    23183.0     a < follow
    23184.0     > ERR already master of others, invalid usage
    23184.0     . still lists replicas; trying again
    23234.0     a < fence
    23236.0     a < follow
    23237.0     > ERR already master of others, invalid usage
    23237.0     . still lists replicas; trying again
    23287.0     a < fence
    23289.0     a < follow
    23290.0     > ERR already master of others, invalid usage
    23290.0     . still lists replicas; trying again
    23340.0     a < fence
    23342.0     a < follow
    23343.0     > ERR already master of others, invalid usage
    23343.0     . still lists replicas; trying again
    23393.0     a < fence
    23395.0     a < follow
    23396.0     > ERR already master of others, invalid usage
    23396.0     . still lists replicas; trying again
    23446.0     a < fence
    23448.0     a < follow
    23449.0     > ERR already master of others, invalid usage
    23449.0     . still lists replicas; trying again
    23499.0     a < fence
    23501.0     a < follow
    23502.0     > ERR already master of others, invalid usage
    23502.0     . still lists replicas; trying again
    23552.0     a < fence
    23554.0     a < follow
    23555.0     > ERR already master of others, invalid usage
    23555.0     . still lists replicas; trying again
    23605.0     a < fence
    23607.0     a < follow
    23608.0     > ERR already master of others, invalid usage
    23608.0     . still lists replicas; trying again
    23658.0     a < fence
    23660.0     a < follow
    23661.0     > ERR already master of others, invalid usage
    23661.0     . still lists replicas; trying again
    23711.0     a < fence
    23713.0     a < follow
    23714.0     > ERR already master of others, invalid usage
    23714.0     . still lists replicas; trying again
    23764.0     a < fence
    23766.0     a < follow
    23767.0     > ERR already master of others, invalid usage
    23767.0     . still lists replicas; trying again
    23817.0     a < fence
    23819.0     a < follow
    23820.0     > ERR already master of others, invalid usage
    23820.0     . still lists replicas; trying again
    23870.0     a < fence
    23872.0     a < follow
    23873.0     > ERR already master of others, invalid usage
    23873.0     . still lists replicas; trying again
    23923.0     a < fence
    23925.0     a < follow
    23926.0     > ERR already master of others, invalid usage
    23926.0     . still lists replicas; trying again
    23976.0     a < fence
    23978.0     a < follow
    23979.0     > ERR already master of others, invalid usage
    23979.0     . still lists replicas; trying again
    24029.0     a < fence
    24031.0     a < follow
    24032.0     > ERR already master of others, invalid usage
    24032.0     . still lists replicas; trying again
    24082.0     a < fence
    24084.0     a < follow
    24085.0     > ERR already master of others, invalid usage
    24085.0     . still lists replicas; trying again
    24135.0     a < fence
    24137.0     a < follow
    24138.0     > ERR already master of others, invalid usage
    24138.0     . still lists replicas; trying again
    24188.0     a < fence
    24190.0     a < follow
    24191.0     > ERR already master of others, invalid usage
    24191.0     . still lists replicas; trying again
    24241.0     a < fence
    24243.0     a < follow
    24244.0     > ERR already master of others, invalid usage
    24244.0     . still lists replicas; trying again
    24294.0     a < fence
    24296.0     a < follow
    24297.0     > ERR already master of others, invalid usage
    24297.0     . still lists replicas; trying again
    24347.0     a < fence
    24349.0     a < follow
    24350.0     > ERR already master of others, invalid usage
    24350.0     . still lists replicas; trying again
    24400.0     a < fence
    24402.0     a < follow
    24403.0     > ERR already master of others, invalid usage
    24403.0     . still lists replicas; trying again
    24453.0     a < fence
    24455.0     a < follow
    24456.0     > ERR already master of others, invalid usage
    24456.0     . still lists replicas; trying again
    24506.0     a < fence
    24508.0     a < follow
    24509.0     > ERR already master of others, invalid usage
    24509.0     . still lists replicas; trying again
    24559.0     a < fence
    24561.0     a < follow
    24562.0     > ERR already master of others, invalid usage
    24562.0     . still lists replicas; trying again
    24612.0     a < fence
    24614.0     a < follow
    24615.0     > ERR already master of others, invalid usage
    24615.0     . still lists replicas; trying again
    24665.0     a < fence
    24667.0     a < follow
    24668.0     > ERR already master of others, invalid usage
    24668.0     . still lists replicas; trying again
    24718.0     a < fence
    24720.0     a < follow
    24721.0     > ERR already master of others, invalid usage
    24721.0     . still lists replicas; trying again
    24771.0     a < fence
    24773.0     a < follow
    24774.0     > ERR already master of others, invalid usage
    24774.0     . still lists replicas; trying again
    24824.0     a < fence
    24826.0     a < follow
    24827.0     > ERR already master of others, invalid usage
    24827.0     . still lists replicas; trying again
    24877.0     a < fence
    24879.0     a < follow
    24880.0     > ERR already master of others, invalid usage
    24880.0     . still lists replicas; trying again
    24930.0     a < fence
    24932.0     a < follow
    24933.0     > ERR already master of others, invalid usage
    24933.0     . still lists replicas; trying again
    24983.0     a < fence
    24985.0     a < follow
    24986.0     > ERR already master of others, invalid usage
    24986.0     . still lists replicas; trying again
    25036.0     a < fence
    25038.0     a < follow
    25039.0     > ERR already master of others, invalid usage
    25039.0     . still lists replicas; trying again
    25089.0     a < fence
    25091.0     a < follow
    25092.0     > ERR already master of others, invalid usage
    25092.0     . still lists replicas; trying again
    25142.0     a < fence
    25144.0     a < follow
    25145.0     > ERR already master of others, invalid usage
    25145.0     . still lists replicas; trying again
    25195.0     a < fence
    25197.0     a < follow
    25198.0     > ERR already master of others, invalid usage
    25198.0     . still lists replicas; trying again
    25248.0     a < fence
    25250.0     a < follow
    25251.0     > ERR already master of others, invalid usage
    25251.0     . still lists replicas; trying again
    25301.0     a < fence
    25303.0     a < follow
    25304.0     > ERR already master of others, invalid usage
    25304.0     . still lists replicas; trying again
    25354.0     a < fence
    25356.0     a < follow
    25357.0     > ERR already master of others, invalid usage
    25357.0     . still lists replicas; trying again
    25407.0     a < fence
    25409.0     a < follow
    25410.0     > ERR already master of others, invalid usage
    25410.0     . still lists replicas; trying again
    25460.0     a < fence
    25462.0     a < follow
    25463.0     > ERR already master of others, invalid usage
    25463.0     . still lists replicas; trying again
    25513.0     a < fence
    25515.0     a < follow
    25516.0     > ERR already master of others, invalid usage
    25516.0     . still lists replicas; trying again
    25566.0     a < fence
    25568.0     a < follow
    25569.0     > ERR already master of others, invalid usage
    25569.0     . still lists replicas; trying again
    25619.0     a < fence
    25621.0     a < follow
    25622.0     > ERR already master of others, invalid usage
    25622.0     . still lists replicas; trying again
    25672.0     a < fence
    25674.0     a < follow
    25675.0     > ERR already master of others, invalid usage
    25675.0     . still lists replicas; trying again
    25725.0     a < fence
    25727.0     a < follow
    25728.0     > ERR already master of others, invalid usage
    25728.0     . still lists replicas; trying again
    25778.0     a < fence
    25780.0     a < follow
    25781.0     > ERR already master of others, invalid usage
    25781.0     . still lists replicas; trying again
    25831.0     a < fence
    25833.0     a < follow
    25834.0     > ERR already master of others, invalid usage
    25834.0     . still lists replicas; trying again
    25884.0     a < fence
    25886.0     a < follow
    25887.0     > ERR already master of others, invalid usage
    25887.0     . still lists replicas; trying again
    25937.0     a < fence
    25939.0     a < follow
    25940.0     > ERR already master of others, invalid usage
    25940.0     . still lists replicas; trying again
    25990.0     a < fence
    25992.0     a < follow
    25993.0     > ERR already master of others, invalid usage
    25993.0     . still lists replicas; trying again
    26043.0     a < fence
    26045.0     a < follow
    26046.0     > ERR already master of others, invalid usage
    26046.0     . still lists replicas; trying again
    26096.0     a < fence
    26098.0     a < follow
    26099.0     > ERR already master of others, invalid usage
    26099.0     . still lists replicas; trying again
    26149.0     a < fence
    26151.0     a < follow
    26152.0     > ERR already master of others, invalid usage
    26152.0     . still lists replicas; trying again
    26202.0     a < fence
    26204.0     a < follow
    26205.0     > ERR already master of others, invalid usage
    26205.0     . still lists replicas; trying again
    26255.0     a < fence
    26257.0     a < follow
    26258.0     > ERR already master of others, invalid usage
    26258.0     . still lists replicas; trying again
    26308.0     a < fence
    26310.0     a < follow
    26311.0     > ERR already master of others, invalid usage
    26311.0     . still lists replicas; trying again
    26361.0     a < fence
    26363.0     a < follow
    26364.0     > ERR already master of others, invalid usage
    26364.0     . still lists replicas; trying again
    26414.0     a < fence
    26416.0     a < follow
    26417.0     > ERR already master of others, invalid usage
    26417.0     . still lists replicas; trying again
    26467.0     a < fence
    26469.0     a < follow
    26470.0     > ERR already master of others, invalid usage
    26470.0     . still lists replicas; trying again
    26520.0     a < fence
    26522.0     a < follow
    26523.0     > ERR already master of others, invalid usage
    26523.0     . still lists replicas; trying again
    26573.0     a < fence
    26575.0     a < follow
    26576.0     > ERR already master of others, invalid usage
    26576.0     . still lists replicas; trying again
    26626.0     a < fence
    26628.0     a < follow
    26629.0     > ERR already master of others, invalid usage
    26629.0     . still lists replicas; trying again
    26679.0     a < fence
    26681.0     a < follow
    26682.0     > ERR already master of others, invalid usage
    26682.0     . still lists replicas; trying again
    26732.0     a < fence
    26734.0     a < follow
    26735.0     > ERR already master of others, invalid usage
    26735.0     . still lists replicas; trying again
    26785.0     a < fence
    26787.0     a < follow
    26788.0     > ERR already master of others, invalid usage
    26788.0     . still lists replicas; trying again
    26838.0     a < fence
    26840.0     a < follow
    26841.0     > ERR already master of others, invalid usage
    26841.0     . still lists replicas; trying again
    26891.0     a < fence
    26893.0     a < follow
    26894.0     > ERR already master of others, invalid usage
    26894.0     . still lists replicas; trying again
    26944.0     a < fence
    26946.0     a < follow
    26947.0     > ERR already master of others, invalid usage
    26947.0     . still lists replicas; trying again
    26997.0     a < fence
    26999.0     a < follow
    27000.0     > ERR already master of others, invalid usage
    27000.0     . still lists replicas; trying again
    27050.0     a < fence
    27052.0     a < follow
    27053.0     > ERR already master of others, invalid usage
    27053.0     . still lists replicas; trying again
    27103.0     a < fence
    27105.0     a < follow
    27106.0     > ERR already master of others, invalid usage
    27106.0     . still lists replicas; trying again
    27156.0     a < fence
    27158.0     a < follow
    27159.0     > ERR already master of others, invalid usage
    27159.0     . still lists replicas; trying again
    27209.0     a < fence
    27211.0     a < follow
    27212.0     > ERR already master of others, invalid usage
    27212.0     . still lists replicas; trying again
    27262.0     a < fence
    27264.0     a < follow
    27265.0     > ERR already master of others, invalid usage
    27265.0     . still lists replicas; trying again
    27315.0     a < fence
    27317.0     a < follow
    27318.0     > ERR already master of others, invalid usage
    27318.0     . still lists replicas; trying again
    27368.0     a < fence
    27370.0     a < follow
    27371.0     > ERR already master of others, invalid usage
    27371.0     . still lists replicas; trying again
    27421.0     a < fence
    27423.0     a < follow
    27424.0     > ERR already master of others, invalid usage
    27424.0     . still lists replicas; trying again
    27474.0     a < fence
    27476.0     a < follow
    27477.0     > ERR already master of others, invalid usage
    27477.0     . still lists replicas; trying again
    27527.0     a < fence
    27529.0     a < follow
    27530.0     > ERR already master of others, invalid usage
    27530.0     . still lists replicas; trying again
    27580.0     a < fence
    27582.0     a < follow
    27583.0     > ERR already master of others, invalid usage
    27583.0     . still lists replicas; trying again
    27633.0     a < fence
    27635.0     a < follow
    27636.0     > ERR already master of others, invalid usage
    27636.0     . still lists replicas; trying again
    27686.0     a < fence
    27688.0     a < follow
    27689.0     > ERR already master of others, invalid usage
    27689.0     . still lists replicas; trying again
    27739.0     a < fence
    27741.0     a < follow
    27742.0     > ERR already master of others, invalid usage
    27742.0     . still lists replicas; trying again
    27792.0     a < fence
    27794.0     a < follow
    27795.0     > ERR already master of others, invalid usage
    27795.0     . still lists replicas; trying again
    27845.0     a < fence
    27847.0     a < follow
    27848.0     > ERR already master of others, invalid usage
    27848.0     . still lists replicas; trying again
    27898.0     a < fence
    27900.0     a < follow
    27901.0     > ERR already master of others, invalid usage
    27901.0     . still lists replicas; trying again
    27951.0     a < fence
    27953.0     a < follow
    27954.0     > ERR already master of others, invalid usage
    27954.0     . still lists replicas; trying again
    28004.0     a < fence
    28006.0     a < follow
    28007.0     > ERR already master of others, invalid usage
    28007.0     . still lists replicas; trying again
    28057.0     a < fence
    28059.0     a < follow
    28060.0     > ERR already master of others, invalid usage
    28060.0     . still lists replicas; trying again
    28110.0     a < fence
    28112.0     a < follow
    28113.0     > ERR already master of others, invalid usage
    28113.0     . still lists replicas; trying again
    28163.0     a < fence
    28165.0     a < follow
    28166.0     > ERR already master of others, invalid usage
    28166.0     . still lists replicas; trying again
    28216.0     a < fence
    28218.0     a < follow
    28219.0     > ERR already master of others, invalid usage
    28219.0     . still lists replicas; trying again
    28269.0     a < fence
    28271.0     a < follow
    28272.0     > ERR already master of others, invalid usage
    28272.0     . still lists replicas; trying again
    28322.0     a < fence
    28324.0     a < follow
    28325.0     > ERR already master of others, invalid usage
    28325.0     . still lists replicas; trying again
    28375.0     a < fence
    28377.0     a < follow
    28378.0     > ERR already master of others, invalid usage
    28378.0     . still lists replicas; trying again
    28428.0     a < fence
    28430.0     a < follow
    28431.0     > ERR already master of others, invalid usage
    28431.0     . still lists replicas; trying again
    28481.0     a < fence
    28483.0     a < follow
    28484.0     > ERR already master of others, invalid usage
    28484.0     . still lists replicas; trying again
    28534.0     a < fence
    28536.0     a < follow
    28537.0     > ERR already master of others, invalid usage
    28537.0     . still lists replicas; trying again
    28587.0     a < fence
    28589.0     a < follow
    28590.0     > ERR already master of others, invalid usage
    28590.0     . still lists replicas; trying again
    28640.0     a < fence
    28642.0     a < follow
    28643.0     > ERR already master of others, invalid usage
    28643.0     . still lists replicas; trying again
    28693.0     a < fence
    28695.0     a < follow
    28696.0     > ERR already master of others, invalid usage
    28696.0     . still lists replicas; trying again
    28746.0     a < fence
    28748.0     a < follow
    28749.0     > ERR already master of others, invalid usage
    28749.0     . still lists replicas; trying again
    28799.0     a < fence
    28801.0     a < follow
    28802.0     > ERR already master of others, invalid usage
    28802.0     . still lists replicas; trying again
    28852.0     a < fence
    28854.0     a < follow
    28855.0     > ERR already master of others, invalid usage
    28855.0     . still lists replicas; trying again
    28905.0     a < fence
    28907.0     a < follow
    28908.0     > ERR already master of others, invalid usage
    28908.0     . still lists replicas; trying again
    28958.0     a < fence
    28960.0     a < follow
    28961.0     > ERR already master of others, invalid usage
    28961.0     . still lists replicas; trying again
    29011.0     a < fence
    29013.0     a < follow
    29014.0     > ERR already master of others, invalid usage
    29014.0     . still lists replicas; trying again
    29064.0     a < fence
    29066.0     a < follow
    29067.0     > ERR already master of others, invalid usage
    29067.0     . still lists replicas; trying again
    29117.0     a < fence
    29119.0     a < follow
    29120.0     > ERR already master of others, invalid usage
    29120.0     . still lists replicas; trying again
    29170.0     a < fence
    29172.0     a < follow
    29173.0     > ERR already master of others, invalid usage
    29173.0     . still lists replicas; trying again
    29223.0     a < fence
    29225.0     a < follow
    29226.0     > ERR already master of others, invalid usage
    29226.0     . still lists replicas; trying again
    29276.0     a < fence
    29278.0     a < follow
    29279.0     > ERR already master of others, invalid usage
    29279.0     . still lists replicas; trying again
    29329.0     a < fence
    29331.0     a < follow
    29332.0     > ERR already master of others, invalid usage
    29332.0     . still lists replicas; trying again
    29382.0     a < fence
    29384.0     a < follow
    29385.0     > ERR already master of others, invalid usage
    29385.0     . still lists replicas; trying again
    29435.0     a < fence
    29437.0     a < follow
    29438.0     > ERR already master of others, invalid usage
    29438.0     . still lists replicas; trying again
    29488.0     a < fence
    29490.0     a < follow
    29491.0     > ERR already master of others, invalid usage
    29491.0     . still lists replicas; trying again
    29541.0     a < fence
    29543.0     a < follow
    29544.0     > ERR already master of others, invalid usage
    29544.0     . still lists replicas; trying again
    29594.0     a < fence
    29596.0     a < follow
    29597.0     > ERR already master of others, invalid usage
    29597.0     . still lists replicas; trying again
    29647.0     a < fence
    29649.0     a < follow
    29650.0     > ERR already master of others, invalid usage
    29650.0     . still lists replicas; trying again
    29700.0     a < fence
    29702.0     a < follow
    29703.0     > ERR already master of others, invalid usage
    29703.0     . still lists replicas; trying again
    29753.0     a < fence
    29755.0     a < follow
    29756.0     > ERR already master of others, invalid usage
    29756.0     . still lists replicas; trying again
    29806.0     a < fence
    29808.0     a < follow
    29809.0     > ERR already master of others, invalid usage
    29809.0     . still lists replicas; trying again
    29859.0     a < fence
    29861.0     a < follow
    29862.0     > ERR already master of others, invalid usage
    29862.0     . still lists replicas; trying again
    29912.0     a < fence
    29914.0     a < follow
    29915.0     > ERR already master of others, invalid usage
    29915.0     . still lists replicas; trying again
    29965.0     a < fence
    29967.0     a < follow
    29968.0     > ERR already master of others, invalid usage
    29968.0     . still lists replicas; trying again
    30018.0     a < fence
    30020.0     a < follow
    30021.0     > ERR already master of others, invalid usage
    30021.0     . still lists replicas; trying again
    30071.0     a < fence
    30073.0     a < follow
    30074.0     > ERR already master of others, invalid usage
    30074.0     . still lists replicas; trying again
    30124.0     a < fence
    30126.0     a < follow
    30127.0     > ERR already master of others, invalid usage
    30127.0     . still lists replicas; trying again
    30177.0     a < fence
    30179.0     a < follow
    30180.0     > ERR already master of others, invalid usage
    30180.0     . still lists replicas; trying again
    30230.0     a < fence
    30232.0     a < follow
    30233.0     > ERR already master of others, invalid usage
    30233.0     . still lists replicas; trying again
    30283.0     a < fence
    30285.0     a < follow
    30286.0     > ERR already master of others, invalid usage
    30286.0     . still lists replicas; trying again
    30336.0     a < fence
    30338.0     a < follow
    30339.0     > ERR already master of others, invalid usage
    30339.0     . still lists replicas; trying again
    30389.0     a < fence
    30391.0     a < follow
    30392.0     > ERR already master of others, invalid usage
    30392.0     . still lists replicas; trying again
    30442.0     a < fence
    30444.0     a < follow
    30445.0     > ERR already master of others, invalid usage
    30445.0     . still lists replicas; trying again
    30495.0     a < fence
    30497.0     a < follow
    30498.0     > ERR already master of others, invalid usage
    30498.0     . still lists replicas; trying again
    30548.0     a < fence
    30550.0     a < follow
    30551.0     > ERR already master of others, invalid usage
    30551.0     . still lists replicas; trying again
    30601.0     a < fence
    30603.0     a < follow
    30604.0     > ERR already master of others, invalid usage
    30604.0     . still lists replicas; trying again
    30654.0     a < fence
    30656.0     a < follow
    30657.0     > ERR already master of others, invalid usage
    30657.0     . still lists replicas; trying again
    30707.0     a < fence
    30709.0     a < follow
    30710.0     > ERR already master of others, invalid usage
    30710.0     . still lists replicas; trying again
    30760.0     a < fence
    30762.0     a < follow
    30763.0     > ERR already master of others, invalid usage
    30763.0     . still lists replicas; trying again
    30813.0     a < fence
    30815.0     a < follow
    30816.0     > ERR already master of others, invalid usage
    30816.0     . still lists replicas; trying again
    30866.0     a < fence
    30868.0     a < follow
    30869.0     > ERR already master of others, invalid usage
    30869.0     . still lists replicas; trying again
    30919.0     a < fence
    30921.0     a < follow
    30922.0     > ERR already master of others, invalid usage
    30922.0     . still lists replicas; trying again
    30972.0     a < fence
    30974.0     a < follow
    30975.0     > ERR already master of others, invalid usage
    30975.0     . still lists replicas; trying again
    31025.0     a < fence
    31027.0     a < follow
    31028.0     > ERR already master of others, invalid usage
    31028.0     . still lists replicas; trying again
    31078.0     a < fence
    31080.0     a < follow
    31081.0     > ERR already master of others, invalid usage
    31081.0     . still lists replicas; trying again
    31131.0     a < fence
    31133.0     a < follow
    31134.0     > ERR already master of others, invalid usage
    31134.0     . still lists replicas; trying again
    31184.0     a < fence
    31186.0     a < follow
    31187.0     > ERR already master of others, invalid usage
    31187.0     . still lists replicas; trying again
    31237.0     a < fence
    31239.0     a < follow
    31240.0     > ERR already master of others, invalid usage
    31240.0     . still lists replicas; trying again
    31290.0     a < fence
    31292.0     a < follow
    31293.0     > ERR already master of others, invalid usage
    31293.0     . still lists replicas; trying again
    31343.0     a < fence
    31345.0     a < follow
    31346.0     > ERR already master of others, invalid usage
    31346.0     . still lists replicas; trying again
    31396.0     a < fence
    31398.0     a < follow
    31399.0     > ERR already master of others, invalid usage
    31399.0     . still lists replicas; trying again
    31449.0     a < fence
    31451.0     a < follow
    31452.0     > ERR already master of others, invalid usage
    31452.0     . still lists replicas; trying again
    31502.0     a < fence
    31504.0     a < follow
    31505.0     > ERR already master of others, invalid usage
    31505.0     . still lists replicas; trying again
    31555.0     a < fence
    31557.0     a < follow
    31558.0     > ERR already master of others, invalid usage
    31558.0     . still lists replicas; trying again
    31608.0     a < fence
    31610.0     a < follow
    31611.0     > ERR already master of others, invalid usage
    31611.0     . still lists replicas; trying again
    31661.0     a < fence
    31663.0     a < follow
    31664.0     > ERR already master of others, invalid usage
    31664.0     . still lists replicas; trying again
    31714.0     a < fence
    31716.0     a < follow
    31717.0     > ERR already master of others, invalid usage
    31717.0     . still lists replicas; trying again
    31767.0     a < fence
    31769.0     a < follow
    31770.0     > ERR already master of others, invalid usage
    31770.0     . still lists replicas; trying again
    31820.0     a < fence
    31822.0     a < follow
    31823.0     > ERR already master of others, invalid usage
    31823.0     . still lists replicas; trying again
    31873.0     a < fence
    31875.0     a < follow
    31876.0     > ERR already master of others, invalid usage
    31876.0     . still lists replicas; trying again
    31926.0     a < fence
    31928.0     a < follow
    31929.0     > ERR already master of others, invalid usage
    31929.0     . still lists replicas; trying again
    31979.0     a < fence
    31981.0     a < follow
    31982.0     > ERR already master of others, invalid usage
    31982.0     . still lists replicas; trying again
    32032.0     a < fence
    32034.0     a < follow
    32035.0     > ERR already master of others, invalid usage
    32035.0     . still lists replicas; trying again
    32085.0     a < fence
    32087.0     a < follow
    32088.0     > ERR already master of others, invalid usage
    32088.0     . still lists replicas; trying again
    32138.0     a < fence
    32140.0     a < follow
    32141.0     > ERR already master of others, invalid usage
    32141.0     . still lists replicas; trying again
    32191.0     a < fence
    32193.0     a < follow
    32194.0     > ERR already master of others, invalid usage
    32194.0     . still lists replicas; trying again
    32244.0     a < fence
    32246.0     a < follow
    32247.0     > ERR already master of others, invalid usage
    32247.0     . still lists replicas; trying again
    32297.0     a < fence
    32299.0     a < follow
    32300.0     > ERR already master of others, invalid usage
    32300.0     . still lists replicas; trying again
    32350.0     a < fence
    32352.0     a < follow
    32353.0     > ERR already master of others, invalid usage
    32353.0     . still lists replicas; trying again
    32403.0     a < fence
    32405.0     a < follow
    32406.0     > ERR already master of others, invalid usage
    32406.0     . still lists replicas; trying again
    32456.0     a < fence
    32458.0     a < follow
    32459.0     > ERR already master of others, invalid usage
    32459.0     . still lists replicas; trying again
    32509.0     a < fence
    32511.0     a < follow
    32512.0     > ERR already master of others, invalid usage
    32512.0     . still lists replicas; trying again
    32562.0     a < fence
    32564.0     a < follow
    32565.0     > ERR already master of others, invalid usage
    32565.0     . still lists replicas; trying again
    32615.0     a < fence
    32617.0     a < follow
    32618.0     > ERR already master of others, invalid usage
    32618.0     . still lists replicas; trying again
    32668.0     a < fence
    32670.0     a < follow
    32671.0     > ERR already master of others, invalid usage
    32671.0     . still lists replicas; trying again
    32721.0     a < fence
    32723.0     a < follow
    32724.0     > ERR already master of others, invalid usage
    32724.0     . still lists replicas; trying again
    32774.0     a < fence
    32776.0     a < follow
    32777.0     > ERR already master of others, invalid usage
    32777.0     . still lists replicas; trying again
    32827.0     a < fence
    32829.0     a < follow
    32830.0     > ERR already master of others, invalid usage
    32830.0     . still lists replicas; trying again
    32880.0     a < fence
    32882.0     a < follow
    32883.0     > ERR already master of others, invalid usage
    32883.0     . still lists replicas; trying again
    32933.0     a < fence
    32935.0     a < follow
    32936.0     > ERR already master of others, invalid usage
    32936.0     . still lists replicas; trying again
    32986.0     a < fence
    32988.0     a < follow
    32989.0     > ERR already master of others, invalid usage
    32989.0     . still lists replicas; trying again
    33039.0     a < fence
    33041.0     a < follow
    33042.0     > ERR already master of others, invalid usage
    33042.0     . still lists replicas; trying again
    33092.0     a < fence
    33094.0     a < follow
    33095.0     > ERR already master of others, invalid usage
    33095.0     . still lists replicas; trying again
    33145.0     a < fence
    33147.0     a < follow
    33148.0     > ERR already master of others, invalid usage
    33148.0     . still lists replicas; trying again
    33198.0     a < fence
    33200.0     a < follow
    33201.0     > ERR already master of others, invalid usage
    33201.0     . still lists replicas; trying again
    33251.0     a < fence
    33253.0     a < follow
    33254.0     > ERR already master of others, invalid usage
    33254.0     . still lists replicas; trying again
    33304.0     a < fence
    33306.0     a < follow
    33307.0     > ERR already master of others, invalid usage
    33307.0     . still lists replicas; trying again
    33357.0     a < fence
    33359.0     a < follow
    33360.0     > ERR already master of others, invalid usage
    33360.0     . still lists replicas; trying again
    33410.0     a < fence
    33412.0     a < follow
    33413.0     > ERR already master of others, invalid usage
    33413.0     . still lists replicas; trying again
    33463.0     a < fence
    33465.0     a < follow
    33466.0     > ERR already master of others, invalid usage
    33466.0     . still lists replicas; trying again
    33516.0     a < fence
    33518.0     a < follow
    33519.0     > ERR already master of others, invalid usage
    33519.0     . still lists replicas; trying again
    33569.0     a < fence
    33571.0     a < follow
    33572.0     > ERR already master of others, invalid usage
    33572.0     . still lists replicas; trying again
    33622.0     a < fence
    33624.0     a < follow
    33625.0     > ERR already master of others, invalid usage
    33625.0     . still lists replicas; trying again
    33675.0     a < fence
    33677.0     a < follow
    33678.0     > ERR already master of others, invalid usage
    33678.0     . still lists replicas; trying again
    33728.0     a < fence
    33730.0     a < follow
    33731.0     > ERR already master of others, invalid usage
    33731.0     . still lists replicas; trying again
    33781.0     a < fence
    33783.0     a < follow
    33784.0     > ERR already master of others, invalid usage
    33784.0     . still lists replicas; trying again
    33834.0     a < fence
    33836.0     a < follow
    33837.0     > ERR already master of others, invalid usage
    33837.0     . still lists replicas; trying again
    33887.0     a < fence
    33889.0     a < follow
    33890.0     > ERR already master of others, invalid usage
    33890.0     . still lists replicas; trying again
    33940.0     a < fence
    33942.0     a < follow
    33943.0     > ERR already master of others, invalid usage
    33943.0     . still lists replicas; trying again
    33993.0     a < fence
    33995.0     a < follow
    33996.0     > ERR already master of others, invalid usage
    33996.0     . still lists replicas; trying again
    34046.0     a < fence
    34048.0     a < follow
    34049.0     > ERR already master of others, invalid usage
    34049.0     . still lists replicas; trying again
    34099.0     a < fence
    34101.0     a < follow
    34102.0     > ERR already master of others, invalid usage
    34102.0     . still lists replicas; trying again
    34152.0     a < fence
    34154.0     a < follow
    34155.0     > ERR already master of others, invalid usage
    34155.0     . still lists replicas; trying again
    34205.0     a < fence
    34207.0     a < follow
    34208.0     > ERR already master of others, invalid usage
    34208.0     . still lists replicas; trying again
    34258.0     a < fence
    34260.0     a < follow
    34261.0     > ERR already master of others, invalid usage
    34261.0     . still lists replicas; trying again
    34311.0     a < fence
    34313.0     a < follow
    34314.0     > ERR already master of others, invalid usage
    34314.0     . still lists replicas; trying again
    34364.0     a < fence
    34366.0     a < follow
    34367.0     > ERR already master of others, invalid usage
    34367.0     . still lists replicas; trying again
    34417.0     a < fence
    34419.0     a < follow
    34420.0     > ERR already master of others, invalid usage
    34420.0     . still lists replicas; trying again
    34470.0     a < fence
    34472.0     a < follow
    34473.0     > ERR already master of others, invalid usage
    34473.0     . still lists replicas; trying again
    34523.0     a < fence
    34525.0     a < follow
    34526.0     > ERR already master of others, invalid usage
    34526.0     . still lists replicas; trying again
    34576.0     a < fence
    34578.0     a < follow
    34579.0     > ERR already master of others, invalid usage
    34579.0     . still lists replicas; trying again
    34629.0     a < fence
    34631.0     a < follow
    34632.0     > ERR already master of others, invalid usage
    34632.0     . still lists replicas; trying again
    34682.0     a < fence
    34684.0     a < follow
    34685.0     > ERR already master of others, invalid usage
    34685.0     . still lists replicas; trying again
    34735.0     a < fence
    34737.0     a < follow
    34738.0     > ERR already master of others, invalid usage
    34738.0     . still lists replicas; trying again
    34788.0     a < fence
    34790.0     a < follow
    34791.0     > ERR already master of others, invalid usage
    34791.0     . still lists replicas; trying again
    34841.0     a < fence
    34843.0     a < follow
    34844.0     > ERR already master of others, invalid usage
    34844.0     . still lists replicas; trying again
    34894.0     a < fence
    34896.0     a < follow
    34897.0     > ERR already master of others, invalid usage
    34897.0     . still lists replicas; trying again
    34947.0     a < fence
    34949.0     a < follow
    34950.0     > ERR already master of others, invalid usage
    34950.0     . still lists replicas; trying again
    35000.0     a < fence
    35002.0     a < follow
    35003.0     > ERR already master of others, invalid usage
    35003.0     . still lists replicas; trying again
    35053.0     a < fence
    35055.0     a < follow
    35056.0     > ERR already master of others, invalid usage
    35056.0     . still lists replicas; trying again
    35106.0     a < fence
    35108.0     a < follow
    35109.0     > ERR already master of others, invalid usage
    35109.0     . still lists replicas; trying again
    35159.0     a < fence
    35161.0     a < follow
    35162.0     > ERR already master of others, invalid usage
    35162.0     . still lists replicas; trying again
    35212.0     a < fence
    35214.0     a < follow
    35215.0     > ERR already master of others, invalid usage
    35215.0     . still lists replicas; trying again
    35265.0     a < fence
    35267.0     a < follow
    35268.0     > ERR already master of others, invalid usage
    35268.0     . still lists replicas; trying again
    35318.0     a < fence
    35320.0     a < follow
    35321.0     > ERR already master of others, invalid usage
    35321.0     . still lists replicas; trying again
    35371.0     a < fence
    35373.0     a < follow
    35374.0     > ERR already master of others, invalid usage
    35374.0     . still lists replicas; trying again
    35424.0     a < fence
    35426.0     a < follow
    35427.0     > ERR already master of others, invalid usage
    35427.0     . still lists replicas; trying again
    35477.0     a < fence
    35479.0     a < follow
    35480.0     > ERR already master of others, invalid usage
    35480.0     . still lists replicas; trying again
    35530.0     a < fence
    35532.0     a < follow
    35533.0     > ERR already master of others, invalid usage
    35533.0     . still lists replicas; trying again
    35583.0     a < fence
    35585.0     a < follow
    35586.0     > ERR already master of others, invalid usage
    35586.0     . still lists replicas; trying again
    35636.0     a < fence
    35638.0     a < follow
    35639.0     > ERR already master of others, invalid usage
    35639.0     . still lists replicas; trying again
    35689.0     a < fence
    35691.0     a < follow
    35692.0     > ERR already master of others, invalid usage
    35692.0     . still lists replicas; trying again
    35742.0     a < fence
    35744.0     a < follow
    35745.0     > ERR already master of others, invalid usage
    35745.0     . still lists replicas; trying again
    35795.0     a < fence
    35797.0     a < follow
    35798.0     > ERR already master of others, invalid usage
    35798.0     . still lists replicas; trying again
    35848.0     a < fence
    35850.0     a < follow
    35851.0     > ERR already master of others, invalid usage
    35851.0     . still lists replicas; trying again
    35901.0     a < fence
    35903.0     a < follow
    35904.0     > ERR already master of others, invalid usage
    35904.0     . still lists replicas; trying again
    35954.0     a < fence
    35956.0     a < follow
    35957.0     > ERR already master of others, invalid usage
    35957.0     . still lists replicas; trying again
    36007.0     a < fence
    36009.0     a < follow
    36010.0     > ERR already master of others, invalid usage
    36010.0     . still lists replicas; trying again
    36060.0     a < fence
    36062.0     a < follow
    36063.0     > ERR already master of others, invalid usage
    36063.0     . still lists replicas; trying again
    36113.0     a < fence
    36115.0     a < follow
    36116.0     > ERR already master of others, invalid usage
    36116.0     . still lists replicas; trying again
    36166.0     a < fence
    36168.0     a < follow
    36169.0     > ERR already master of others, invalid usage
    36169.0     . still lists replicas; trying again
    36219.0     a < fence
    36221.0     a < follow
    36222.0     > ERR already master of others, invalid usage
    36222.0     . still lists replicas; trying again
    36272.0     a < fence
    36274.0     a < follow
    36275.0     > ERR already master of others, invalid usage
    36275.0     . still lists replicas; trying again
    36325.0     a < fence
    36327.0     a < follow
    36328.0     > ERR already master of others, invalid usage
    36328.0     . still lists replicas; trying again
    36378.0     a < fence
    36380.0     a < follow
    36381.0     > ERR already master of others, invalid usage
    36381.0     . still lists replicas; trying again
    36431.0     a < fence
    36433.0     a < follow
    36434.0     > ERR already master of others, invalid usage
    36434.0     . still lists replicas; trying again
    36484.0     a < fence
    36486.0     a < follow
    36487.0     > ERR already master of others, invalid usage
    36487.0     . still lists replicas; trying again
    36537.0     a < fence
    36539.0     a < follow
    36540.0     > ERR already master of others, invalid usage
    36540.0     . still lists replicas; trying again
    36590.0     a < fence
    36592.0     a < follow
    36593.0     > ERR already master of others, invalid usage
    36593.0     . still lists replicas; trying again
    36643.0     a < fence
    36645.0     a < follow
    36646.0     > ERR already master of others, invalid usage
    36646.0     . still lists replicas; trying again
    36696.0     a < fence
    36698.0     a < follow
    36699.0     > ERR already master of others, invalid usage
    36699.0     . still lists replicas; trying again
    36749.0     a < fence
    36751.0     a < follow
    36752.0     > ERR already master of others, invalid usage
    36752.0     . still lists replicas; trying again
    36802.0     a < fence
    36804.0     a < follow
    36805.0     > ERR already master of others, invalid usage
    36805.0     . still lists replicas; trying again
    36855.0     a < fence
    36857.0     a < follow
    36858.0     > ERR already master of others, invalid usage
    36858.0     . still lists replicas; trying again
    36908.0     a < fence
    36910.0     a < follow
    36911.0     > ERR already master of others, invalid usage
    36911.0     . still lists replicas; trying again
    36961.0     a < fence
    36963.0     a < follow
    36964.0     > ERR already master of others, invalid usage
    36964.0     . still lists replicas; trying again
    37014.0     a < fence
    37016.0     a < follow
    37017.0     > ERR already master of others, invalid usage
    37017.0     . still lists replicas; trying again
    37067.0     a < fence
    37069.0     a < follow
    37070.0     > ERR already master of others, invalid usage
    37070.0     . still lists replicas; trying again
    37120.0     a < fence
    37122.0     a < follow
    37123.0     > ERR already master of others, invalid usage
    37123.0     . still lists replicas; trying again
    37173.0     a < fence
    37175.0     a < follow
    37176.0     > ERR already master of others, invalid usage
    37176.0     . still lists replicas; trying again
    37226.0     a < fence
    37228.0     a < follow
    37229.0     > ERR already master of others, invalid usage
    37229.0     . still lists replicas; trying again
    37279.0     a < fence
    37281.0     a < follow
    37282.0     > ERR already master of others, invalid usage
    37282.0     . still lists replicas; trying again
    37332.0     a < fence
    37334.0     a < follow
    37335.0     > ERR already master of others, invalid usage
    37335.0     . still lists replicas; trying again
    37385.0     a < fence
    37387.0     a < follow
    37388.0     > ERR already master of others, invalid usage
    37388.0     . still lists replicas; trying again
    37438.0     a < fence
    37440.0     a < follow
    37441.0     > ERR already master of others, invalid usage
    37441.0     . still lists replicas; trying again
    37491.0     a < fence
    37493.0     a < follow
    37494.0     > ERR already master of others, invalid usage
    37494.0     . still lists replicas; trying again
    37544.0     a < fence
    37546.0     a < follow
    37547.0     > ERR already master of others, invalid usage
    37547.0     . still lists replicas; trying again
    37597.0     a < fence
    37599.0     a < follow
    37600.0     > ERR already master of others, invalid usage
    37600.0     . still lists replicas; trying again
    37650.0     a < fence
    37652.0     a < follow
    37653.0     > ERR already master of others, invalid usage
    37653.0     . still lists replicas; trying again
    37703.0     a < fence
    37705.0     a < follow
    37706.0     > ERR already master of others, invalid usage
    37706.0     . still lists replicas; trying again
    37756.0     a < fence
    37758.0     a < follow
    37759.0     > ERR already master of others, invalid usage
    37759.0     . still lists replicas; trying again
    37809.0     a < fence
    37811.0     a < follow
    37812.0     > ERR already master of others, invalid usage
    37812.0     . still lists replicas; trying again
    37862.0     a < fence
    37864.0     a < follow
    37865.0     > ERR already master of others, invalid usage
    37865.0     . still lists replicas; trying again
    37915.0     a < fence
    37917.0     a < follow
    37918.0     > ERR already master of others, invalid usage
    37918.0     . still lists replicas; trying again
    37968.0     a < fence
    37970.0     a < follow
    37971.0     > ERR already master of others, invalid usage
    37971.0     . still lists replicas; trying again
    38021.0     a < fence
    38023.0     a < follow
    38024.0     > ERR already master of others, invalid usage
    38024.0     . still lists replicas; trying again
    38074.0     a < fence
    38076.0     a < follow
    38077.0     > ERR already master of others, invalid usage
    38077.0     . still lists replicas; trying again
    38127.0     a < fence
    38129.0     a < follow
    38130.0     > ERR already master of others, invalid usage
    38130.0     . still lists replicas; trying again
    38180.0     a < fence
    38182.0     a < follow
    38183.0     > ERR already master of others, invalid usage
    38183.0     . still lists replicas; trying again
    38233.0     a < fence
    38235.0     a < follow
    38236.0     > ERR already master of others, invalid usage
    38236.0     . still lists replicas; trying again
    38286.0     a < fence
    38288.0     a < follow
    38289.0     > ERR already master of others, invalid usage
    38289.0     . still lists replicas; trying again
    38339.0     a < fence
    38341.0     a < follow
    38342.0     > ERR already master of others, invalid usage
    38342.0     . still lists replicas; trying again
    38392.0     a < fence
    38394.0     a < follow
    38395.0     > ERR already master of others, invalid usage
    38395.0     . still lists replicas; trying again
    38445.0     a < fence
    38447.0     a < follow
    38448.0     > ERR already master of others, invalid usage
    38448.0     . still lists replicas; trying again
    38498.0     a < fence
    38500.0     a < follow
    38501.0     > ERR already master of others, invalid usage
    38501.0     . still lists replicas; trying again
    38551.0     a < fence
    38553.0     a < follow
    38554.0     > ERR already master of others, invalid usage
    38554.0     . still lists replicas; trying again
    38604.0     a < fence
    38606.0     a < follow
    38607.0     > ERR already master of others, invalid usage
    38607.0     . still lists replicas; trying again
    38657.0     a < fence
    38659.0     a < follow
    38660.0     > ERR already master of others, invalid usage
    38660.0     . still lists replicas; trying again
    38710.0     a < fence
    38712.0     a < follow
    38713.0     > ERR already master of others, invalid usage
    38713.0     . still lists replicas; trying again
    38763.0     a < fence
    38765.0     a < follow
    38766.0     > ERR already master of others, invalid usage
    38766.0     . still lists replicas; trying again
    38816.0     a < fence
    38818.0     a < follow
    38819.0     > ERR already master of others, invalid usage
    38819.0     . still lists replicas; trying again
    38869.0     a < fence
    38871.0     a < follow
    38872.0     > ERR already master of others, invalid usage
    38872.0     . still lists replicas; trying again
    38922.0     a < fence
    38924.0     a < follow
    38925.0     > ERR already master of others, invalid usage
    38925.0     . still lists replicas; trying again
    38975.0     a < fence
    38977.0     a < follow
    38978.0     > ERR already master of others, invalid usage
    38978.0     . still lists replicas; trying again
    39028.0     a < fence
    39030.0     a < follow
    39031.0     > ERR already master of others, invalid usage
    39031.0     . still lists replicas; trying again
    39081.0     a < fence
    39083.0     a < follow
    39084.0     > ERR already master of others, invalid usage
    39084.0     . still lists replicas; trying again
    39134.0     a < fence
    39136.0     a < follow
    39137.0     > ERR already master of others, invalid usage
    39137.0     . still lists replicas; trying again
    39187.0     a < fence
    39189.0     a < follow
    39190.0     > ERR already master of others, invalid usage
    39190.0     . still lists replicas; trying again
    39240.0     a < fence
    39242.0     a < follow
    39243.0     > ERR already master of others, invalid usage
    39243.0     . still lists replicas; trying again
    39293.0     a < fence
    39295.0     a < follow
    39296.0     > ERR already master of others, invalid usage
    39296.0     . still lists replicas; trying again
    39346.0     a < fence
    39348.0     a < follow
    39349.0     > ERR already master of others, invalid usage
    39349.0     . still lists replicas; trying again
    39399.0     a < fence
    39401.0     a < follow
    39402.0     > ERR already master of others, invalid usage
    39402.0     . still lists replicas; trying again
    39452.0     a < fence
    39454.0     a < follow
    39455.0     > ERR already master of others, invalid usage
    39455.0     . still lists replicas; trying again
    39505.0     a < fence
    39507.0     a < follow
    39508.0     > ERR already master of others, invalid usage
    39508.0     . still lists replicas; trying again
    39558.0     a < fence
    39560.0     a < follow
    39561.0     > ERR already master of others, invalid usage
    39561.0     . still lists replicas; trying again
    39611.0     a < fence
    39613.0     a < follow
    39614.0     > ERR already master of others, invalid usage
    39614.0     . still lists replicas; trying again
    39664.0     a < fence
    39666.0     a < follow
    39667.0     > ERR already master of others, invalid usage
    39667.0     . still lists replicas; trying again
    39717.0     a < fence
    39719.0     a < follow
    39720.0     > ERR already master of others, invalid usage
    39720.0     . still lists replicas; trying again
    39770.0     a < fence
    39772.0     a < follow
    39773.0     > ERR already master of others, invalid usage
    39773.0     . still lists replicas; trying again
    39823.0     a < fence
    39825.0     a < follow
    39826.0     > ERR already master of others, invalid usage
    39826.0     . still lists replicas; trying again
    39876.0     a < fence
    39878.0     a < follow
    39879.0     > ERR already master of others, invalid usage
    39879.0     . still lists replicas; trying again
    39929.0     a < fence
    39931.0     a < follow
    39932.0     > ERR already master of others, invalid usage
    39932.0     . still lists replicas; trying again
    39982.0     a < fence
    39984.0     a < follow
    39985.0     > ERR already master of others, invalid usage
    39985.0     . still lists replicas; trying again
    40035.0     a < fence
    40037.0     a < follow
    40038.0     > ERR already master of others, invalid usage
    40038.0     . still lists replicas; trying again
    40088.0     a < fence
    40090.0     a < follow
    40091.0     > ERR already master of others, invalid usage
    40091.0     . still lists replicas; trying again
    40141.0     a < fence
    40143.0     a < follow
    40144.0     > ERR already master of others, invalid usage
    40144.0     . still lists replicas; trying again
    40194.0     a < fence
    40196.0     a < follow
    40197.0     > ERR already master of others, invalid usage
    40197.0     . still lists replicas; trying again
    40247.0     a < fence
    40249.0     a < follow
    40250.0     > ERR already master of others, invalid usage
    40250.0     . still lists replicas; trying again
    40300.0     a < fence
    40302.0     a < follow
    40303.0     > ERR already master of others, invalid usage
    40303.0     . still lists replicas; trying again
    40353.0     a < fence
    40355.0     a < follow
    40356.0     > ERR already master of others, invalid usage
    40356.0     . still lists replicas; trying again
    40406.0     a < fence
    40408.0     a < follow
    40409.0     > ERR already master of others, invalid usage
    40409.0     . still lists replicas; trying again
    40459.0     a < fence
    40461.0     a < follow
    40462.0     > ERR already master of others, invalid usage
    40462.0     . still lists replicas; trying again
    40512.0     a < fence
    40514.0     a < follow
    40515.0     > ERR already master of others, invalid usage
    40515.0     . still lists replicas; trying again
    40565.0     a < fence
    40567.0     a < follow
    40568.0     > ERR already master of others, invalid usage
    40568.0     . still lists replicas; trying again
    40618.0     a < fence
    40620.0     a < follow
    40621.0     > ERR already master of others, invalid usage
    40621.0     . still lists replicas; trying again
    40671.0     a < fence
    40673.0     a < follow
    40674.0     > ERR already master of others, invalid usage
    40674.0     . still lists replicas; trying again
    40724.0     a < fence
    40726.0     a < follow
    40727.0     > ERR already master of others, invalid usage
    40727.0     . still lists replicas; trying again
    40777.0     a < fence
    40779.0     a < follow
    40780.0     > ERR already master of others, invalid usage
    40780.0     . still lists replicas; trying again
    40830.0     a < fence
    40832.0     a < follow
    40833.0     > ERR already master of others, invalid usage
    40833.0     . still lists replicas; trying again
    40883.0     a < fence
    40885.0     a < follow
    40886.0     > ERR already master of others, invalid usage
    40886.0     . still lists replicas; trying again
    40936.0     a < fence
    40938.0     a < follow
    40939.0     > ERR already master of others, invalid usage
    40939.0     . still lists replicas; trying again
    40989.0     a < fence
    40991.0     a < follow
    40992.0     > ERR already master of others, invalid usage
    40992.0     . still lists replicas; trying again
    41042.0     a < fence
    41044.0     a < follow
    41045.0     > ERR already master of others, invalid usage
    41045.0     . still lists replicas; trying again
    41095.0     a < fence
    41097.0     a < follow
    41098.0     > ERR already master of others, invalid usage
    41098.0     . still lists replicas; trying again
    41148.0     a < fence
    41150.0     a < follow
    41151.0     > ERR already master of others, invalid usage
    41151.0     . still lists replicas; trying again
    41201.0     a < fence
    41203.0     a < follow
    41204.0     > ERR already master of others, invalid usage
    41204.0     . still lists replicas; trying again
    41254.0     a < fence
    41256.0     a < follow
    41257.0     > ERR already master of others, invalid usage
    41257.0     . still lists replicas; trying again
    41307.0     a < fence
    41309.0     a < follow
    41310.0     > ERR already master of others, invalid usage
    41310.0     . still lists replicas; trying again
    41360.0     a < fence
    41362.0     a < follow
    41363.0     > ERR already master of others, invalid usage
    41363.0     . still lists replicas; trying again
    41413.0     a < fence
    41415.0     a < follow
    41416.0     > ERR already master of others, invalid usage
    41416.0     . still lists replicas; trying again
    41466.0     a < fence
    41468.0     a < follow
    41469.0     > ERR already master of others, invalid usage
    41469.0     . still lists replicas; trying again
    41519.0     a < fence
    41521.0     a < follow
    41522.0     > ERR already master of others, invalid usage
    41522.0     . still lists replicas; trying again
    41572.0     a < fence
    41574.0     a < follow
    41575.0     > ERR already master of others, invalid usage
    41575.0     . still lists replicas; trying again
    41625.0     a < fence
    41627.0     a < follow
    41628.0     > ERR already master of others, invalid usage
    41628.0     . still lists replicas; trying again
    41678.0     a < fence
    41680.0     a < follow
    41681.0     > ERR already master of others, invalid usage
    41681.0     . still lists replicas; trying again
    41731.0     a < fence
    41733.0     a < follow
    41734.0     > ERR already master of others, invalid usage
    41734.0     . still lists replicas; trying again
    41784.0     a < fence
    41786.0     a < follow
    41787.0     > ERR already master of others, invalid usage
    41787.0     . still lists replicas; trying again
    41837.0     a < fence
    41839.0     a < follow
    41840.0     > ERR already master of others, invalid usage
    41840.0     . still lists replicas; trying again
    41890.0     a < fence
    41892.0     a < follow
    41893.0     > ERR already master of others, invalid usage
    41893.0     . still lists replicas; trying again
    41943.0     a < fence
    41945.0     a < follow
    41946.0     > ERR already master of others, invalid usage
    41946.0     . still lists replicas; trying again
    41996.0     a < fence
    41998.0     a < follow
    41999.0     > ERR already master of others, invalid usage
    41999.0     . still lists replicas; trying again
    42049.0     a < fence
    42051.0     a < follow
    42052.0     > ERR already master of others, invalid usage
    42052.0     . still lists replicas; trying again
    42102.0     a < fence
    42104.0     a < follow
    42105.0     > ERR already master of others, invalid usage
    42105.0     . still lists replicas; trying again
    42155.0     a < fence
    42157.0     a < follow
    42158.0     > ERR already master of others, invalid usage
    42158.0     . still lists replicas; trying again
    42208.0     a < fence
    42210.0     a < follow
    42211.0     > ERR already master of others, invalid usage
    42211.0     . still lists replicas; trying again
    42261.0     a < fence
    42263.0     a < follow
    42264.0     > ERR already master of others, invalid usage
    42264.0     . still lists replicas; trying again
    42314.0     a < fence
    42316.0     a < follow
    42317.0     > ERR already master of others, invalid usage
    42317.0     . still lists replicas; trying again
    42367.0     a < fence
    42369.0     a < follow
    42370.0     > ERR already master of others, invalid usage
    42370.0     . still lists replicas; trying again
    42420.0     a < fence
    42422.0     a < follow
    42423.0     > ERR already master of others, invalid usage
    42423.0     . still lists replicas; trying again
    42473.0     a < fence
    42475.0     a < follow
    42476.0     > ERR already master of others, invalid usage
    42476.0     . still lists replicas; trying again
    42526.0     a < fence
    42528.0     a < follow
    42529.0     > ERR already master of others, invalid usage
    42529.0     . still lists replicas; trying again
    42579.0     a < fence
    42581.0     a < follow
    42582.0     > ERR already master of others, invalid usage
    42582.0     . still lists replicas; trying again
    42632.0     a < fence
    42634.0     a < follow
    42635.0     > ERR already master of others, invalid usage
    42635.0     . still lists replicas; trying again
    42685.0     a < fence
    42687.0     a < follow
    42688.0     > ERR already master of others, invalid usage
    42688.0     . still lists replicas; trying again
    42738.0     a < fence
    42740.0     a < follow
    42741.0     > ERR already master of others, invalid usage
    42741.0     . still lists replicas; trying again
    42791.0     a < fence
    42793.0     a < follow
    42794.0     > ERR already master of others, invalid usage
    42794.0     . still lists replicas; trying again
    42844.0     a < fence
    42846.0     a < follow
    42847.0     > ERR already master of others, invalid usage
    42847.0     . still lists replicas; trying again
    42897.0     a < fence
    42899.0     a < follow
    42900.0     > ERR already master of others, invalid usage
    42900.0     . still lists replicas; trying again
    42950.0     a < fence
    42952.0     a < follow
    42953.0     > ERR already master of others, invalid usage
    42953.0     . still lists replicas; trying again
    43003.0     a < fence
    43005.0     a < follow
    43006.0     > ERR already master of others, invalid usage
    43006.0     . still lists replicas; trying again
    43056.0     a < fence
    43058.0     a < follow
    43059.0     > ERR already master of others, invalid usage
    43059.0     . still lists replicas; trying again
    43109.0     a < fence
    43111.0     a < follow
    43112.0     > ERR already master of others, invalid usage
    43112.0     . still lists replicas; trying again
    43162.0     a < fence
    43164.0     a < follow
    43165.0     > ERR already master of others, invalid usage
    43165.0     . still lists replicas; trying again
    43215.0     a < fence
    43217.0     a < follow
    43218.0     > ERR already master of others, invalid usage
    43218.0     . still lists replicas; trying again
    43268.0     a < fence
    43270.0     a < follow
    43271.0     > ERR already master of others, invalid usage
    43271.0     . still lists replicas; trying again
    43321.0     a < fence
    43323.0     a < follow
    43324.0     > ERR already master of others, invalid usage
    43324.0     . still lists replicas; trying again
    43374.0     a < fence
    43376.0     a < follow
    43377.0     > ERR already master of others, invalid usage
    43377.0     . still lists replicas; trying again
    43427.0     a < fence
    43429.0     a < follow
    43430.0     > ERR already master of others, invalid usage
    43430.0     . still lists replicas; trying again
    43480.0     a < fence
    43482.0     a < follow
    43483.0     > ERR already master of others, invalid usage
    43483.0     . still lists replicas; trying again
    43533.0     a < fence
    43535.0     a < follow
    43536.0     > ERR already master of others, invalid usage
    43536.0     . still lists replicas; trying again
    43586.0     a < fence
    43588.0     a < follow
    43589.0     > ERR already master of others, invalid usage
    43589.0     . still lists replicas; trying again
    43639.0     a < fence
    43641.0     a < follow
    43642.0     > ERR already master of others, invalid usage
    43642.0     . still lists replicas; trying again
    43692.0     a < fence
    43694.0     a < follow
    43695.0     > ERR already master of others, invalid usage
    43695.0     . still lists replicas; trying again
    43745.0     a < fence
    43747.0     a < follow
    43748.0     > ERR already master of others, invalid usage
    43748.0     . still lists replicas; trying again
    43798.0     a < fence
    43800.0     a < follow
    43801.0     > ERR already master of others, invalid usage
    43801.0     . still lists replicas; trying again
    43851.0     a < fence
    43853.0     a < follow
    43854.0     > ERR already master of others, invalid usage
    43854.0     . still lists replicas; trying again
    43904.0     a < fence
    43906.0     a < follow
    43907.0     > ERR already master of others, invalid usage
    43907.0     . still lists replicas; trying again
    43957.0     a < fence
    43959.0     a < follow
    43960.0     > ERR already master of others, invalid usage
    43960.0     . still lists replicas; trying again
    44010.0     a < fence
    44012.0     a < follow
    44013.0     > ERR already master of others, invalid usage
    44013.0     . still lists replicas; trying again
    44063.0     a < fence
    44065.0     a < follow
    44066.0     > ERR already master of others, invalid usage
    44066.0     . still lists replicas; trying again
    44116.0     a < fence
    44118.0     a < follow
    44119.0     > ERR already master of others, invalid usage
    44119.0     . still lists replicas; trying again
    44169.0     a < fence
    44171.0     a < follow
    44172.0     > ERR already master of others, invalid usage
    44172.0     . still lists replicas; trying again
    44222.0     a < fence
    44224.0     a < follow
    44225.0     > ERR already master of others, invalid usage
    44225.0     . still lists replicas; trying again
    44275.0     a < fence
    44277.0     a < follow
    44278.0     > ERR already master of others, invalid usage
    44278.0     . still lists replicas; trying again
    44328.0     a < fence
    44330.0     a < follow
    44331.0     > ERR already master of others, invalid usage
    44331.0     . still lists replicas; trying again
    44381.0     a < fence
    44383.0     a < follow
    44384.0     > ERR already master of others, invalid usage
    44384.0     . still lists replicas; trying again
    44434.0     a < fence
    44436.0     a < follow
    44437.0     > ERR already master of others, invalid usage
    44437.0     . still lists replicas; trying again
    44487.0     a < fence
    44489.0     a < follow
    44490.0     > ERR already master of others, invalid usage
    44490.0     . still lists replicas; trying again
    44540.0     a < fence
    44542.0     a < follow
    44543.0     > ERR already master of others, invalid usage
    44543.0     . still lists replicas; trying again
    44593.0     a < fence
    44595.0     a < follow
    44596.0     > ERR already master of others, invalid usage
    44596.0     . still lists replicas; trying again
    44646.0     a < fence
    44648.0     a < follow
    44649.0     > ERR already master of others, invalid usage
    44649.0     . still lists replicas; trying again
    44699.0     a < fence
    44701.0     a < follow
    44702.0     > ERR already master of others, invalid usage
    44702.0     . still lists replicas; trying again
    44752.0     a < fence
    44754.0     a < follow
    44755.0     > ERR already master of others, invalid usage
    44755.0     . still lists replicas; trying again
    44805.0     a < fence
    44807.0     a < follow
    44808.0     > ERR already master of others, invalid usage
    44808.0     . still lists replicas; trying again
    44858.0     a < fence
    44860.0     a < follow
    44861.0     > ERR already master of others, invalid usage
    44861.0     . still lists replicas; trying again
    44911.0     a < fence
    44913.0     a < follow
    44914.0     > ERR already master of others, invalid usage
    44914.0     . still lists replicas; trying again
    44964.0     a < fence
    44966.0     a < follow
    44967.0     > ERR already master of others, invalid usage
    44967.0     . still lists replicas; trying again
    45017.0     a < fence
    45019.0     a < follow
    45020.0     > ERR already master of others, invalid usage
    45020.0     . still lists replicas; trying again
    45070.0     a < fence
    45072.0     a < follow
    45073.0     > ERR already master of others, invalid usage
    45073.0     . still lists replicas; trying again
    45123.0     a < fence
    45125.0     a < follow
    45126.0     > ERR already master of others, invalid usage
    45126.0     . still lists replicas; trying again
    45176.0     a < fence
    45178.0     a < follow
    45179.0     > ERR already master of others, invalid usage
    45179.0     . still lists replicas; trying again
    45229.0     a < fence
    45231.0     a < follow
    45232.0     > ERR already master of others, invalid usage
    45232.0     . still lists replicas; trying again
    45282.0     a < fence
    45284.0     a < follow
    45285.0     > ERR already master of others, invalid usage
    45285.0     . still lists replicas; trying again
    45335.0     a < fence
    45337.0     a < follow
    45338.0     > ERR already master of others, invalid usage
    45338.0     . still lists replicas; trying again
    45388.0     a < fence
    45390.0     a < follow
    45391.0     > ERR already master of others, invalid usage
    45391.0     . still lists replicas; trying again
    45441.0     a < fence
    45443.0     a < follow
    45444.0     > ERR already master of others, invalid usage
    45444.0     . still lists replicas; trying again
    45494.0     a < fence
    45496.0     a < follow
    45497.0     > ERR already master of others, invalid usage
    45497.0     . still lists replicas; trying again
    45547.0     a < fence
    45549.0     a < follow
    45550.0     > ERR already master of others, invalid usage
    45550.0     . still lists replicas; trying again
    45600.0     a < fence
    45602.0     a < follow
    45603.0     > ERR already master of others, invalid usage
    45603.0     . still lists replicas; trying again
    45653.0     a < fence
    45655.0     a < follow
    45656.0     > ERR already master of others, invalid usage
    45656.0     . still lists replicas; trying again
    45706.0     a < fence
    45708.0     a < follow
    45709.0     > ERR already master of others, invalid usage
    45709.0     . still lists replicas; trying again
    45759.0     a < fence
    45761.0     a < follow
    45762.0     > ERR already master of others, invalid usage
    45762.0     . still lists replicas; trying again
    45812.0     a < fence
    45814.0     a < follow
    45815.0     > ERR already master of others, invalid usage
    45815.0     . still lists replicas; trying again
    45865.0     a < fence
    45867.0     a < follow
    45868.0     > ERR already master of others, invalid usage
    45868.0     . still lists replicas; trying again
    45918.0     a < fence
    45920.0     a < follow
    45921.0     > ERR already master of others, invalid usage
    45921.0     . still lists replicas; trying again
    45971.0     a < fence
    45973.0     a < follow
    45974.0     > ERR already master of others, invalid usage
    45974.0     . still lists replicas; trying again
    46024.0     a < fence
    46026.0     a < follow
    46027.0     > ERR already master of others, invalid usage
    46027.0     . still lists replicas; trying again
    46077.0     a < fence
    46079.0     a < follow
    46080.0     > ERR already master of others, invalid usage
    46080.0     . still lists replicas; trying again
    46130.0     a < fence
    46132.0     a < follow
    46133.0     > ERR already master of others, invalid usage
    46133.0     . still lists replicas; trying again
    46183.0     a < fence
    46185.0     a < follow
    46186.0     > ERR already master of others, invalid usage
    46186.0     . still lists replicas; trying again
    46236.0     a < fence
    46238.0     a < follow
    46239.0     > ERR already master of others, invalid usage
    46239.0     . still lists replicas; trying again
    46289.0     a < fence
    46291.0     a < follow
    46292.0     > ERR already master of others, invalid usage
    46292.0     . still lists replicas; trying again
    46342.0     a < fence
    46344.0     a < follow
    46345.0     > ERR already master of others, invalid usage
    46345.0     . still lists replicas; trying again
    46395.0     a < fence
    46397.0     a < follow
    46398.0     > ERR already master of others, invalid usage
    46398.0     . still lists replicas; trying again
    46448.0     a < fence
    46450.0     a < follow
    46451.0     > ERR already master of others, invalid usage
    46451.0     . still lists replicas; trying again
    46501.0     a < fence
    46503.0     a < follow
    46504.0     > ERR already master of others, invalid usage
    46504.0     . still lists replicas; trying again
    46554.0     a < fence
    46556.0     a < follow
    46557.0     > ERR already master of others, invalid usage
    46557.0     . still lists replicas; trying again
    46607.0     a < fence
    46609.0     a < follow
    46610.0     > ERR already master of others, invalid usage
    46610.0     . still lists replicas; trying again
    46660.0     a < fence
    46662.0     a < follow
    46663.0     > ERR already master of others, invalid usage
    46663.0     . still lists replicas; trying again
    46713.0     a < fence
    46715.0     a < follow
    46716.0     > ERR already master of others, invalid usage
    46716.0     . still lists replicas; trying again
    46766.0     a < fence
    46768.0     a < follow
    46769.0     > ERR already master of others, invalid usage
    46769.0     . still lists replicas; trying again
    46819.0     a < fence
    46821.0     a < follow
    46822.0     > ERR already master of others, invalid usage
    46822.0     . still lists replicas; trying again
    46872.0     a < fence
    46874.0     a < follow
    46875.0     > ERR already master of others, invalid usage
    46875.0     . still lists replicas; trying again
    46925.0     a < fence
    46927.0     a < follow
    46928.0     > ERR already master of others, invalid usage
    46928.0     . still lists replicas; trying again
    46978.0     a < fence
    46980.0     a < follow
    46981.0     > ERR already master of others, invalid usage
    46981.0     . still lists replicas; trying again
    47031.0     a < fence
    47033.0     a < follow
    47034.0     > ERR already master of others, invalid usage
    47034.0     . still lists replicas; trying again
    47084.0     a < fence
    47086.0     a < follow
    47087.0     > ERR already master of others, invalid usage
    47087.0     . still lists replicas; trying again
    47137.0     a < fence
    47139.0     a < follow
    47140.0     > ERR already master of others, invalid usage
    47140.0     . still lists replicas; trying again
    47190.0     a < fence
    47192.0     a < follow
    47193.0     > ERR already master of others, invalid usage
    47193.0     . still lists replicas; trying again
    47243.0     a < fence
    47245.0     a < follow
    47246.0     > ERR already master of others, invalid usage
    47246.0     . still lists replicas; trying again
    47296.0     a < fence
    47298.0     a < follow
    47299.0     > ERR already master of others, invalid usage
    47299.0     . still lists replicas; trying again
    47349.0     a < fence
    47351.0     a < follow
    47352.0     > ERR already master of others, invalid usage
    47352.0     . still lists replicas; trying again
    47402.0     a < fence
    47404.0     a < follow
    47405.0     > ERR already master of others, invalid usage
    47405.0     . still lists replicas; trying again
    47455.0     a < fence
    47457.0     a < follow
    47458.0     > ERR already master of others, invalid usage
    47458.0     . still lists replicas; trying again
    47508.0     a < fence
    47510.0     a < follow
    47511.0     > ERR already master of others, invalid usage
    47511.0     . still lists replicas; trying again
    47561.0     a < fence
    47563.0     a < follow
    47564.0     > ERR already master of others, invalid usage
    47564.0     . still lists replicas; trying again
    47614.0     a < fence
    47616.0     a < follow
    47617.0     > ERR already master of others, invalid usage
    47617.0     . still lists replicas; trying again
    47667.0     a < fence
    47669.0     a < follow
    47670.0     > ERR already master of others, invalid usage
    47670.0     . still lists replicas; trying again
    47720.0     a < fence
    47722.0     a < follow
    47723.0     > ERR already master of others, invalid usage
    47723.0     . still lists replicas; trying again
    47773.0     a < fence
    47775.0     a < follow
    47776.0     > ERR already master of others, invalid usage
    47776.0     . still lists replicas; trying again
    47826.0     a < fence
    47828.0     a < follow
    47829.0     > ERR already master of others, invalid usage
    47829.0     . still lists replicas; trying again
    47879.0     a < fence
    47881.0     a < follow
    47882.0     > ERR already master of others, invalid usage
    47882.0     . still lists replicas; trying again
    47932.0     a < fence
    47934.0     a < follow
    47935.0     > ERR already master of others, invalid usage
    47935.0     . still lists replicas; trying again
    47985.0     a < fence
    47987.0     a < follow
    47988.0     > ERR already master of others, invalid usage
    47988.0     . still lists replicas; trying again
    48038.0     a < fence
    48040.0     a < follow
    48041.0     > ERR already master of others, invalid usage
    48041.0     . still lists replicas; trying again
    48091.0     a < fence
    48093.0     a < follow
    48094.0     > ERR already master of others, invalid usage
    48094.0     . still lists replicas; trying again
    48144.0     a < fence
    48146.0     a < follow
    48147.0     > ERR already master of others, invalid usage
    48147.0     . still lists replicas; trying again
    48197.0     a < fence
    48199.0     a < follow
    48200.0     > ERR already master of others, invalid usage
    48200.0     . still lists replicas; trying again
    48250.0     a < fence
    48252.0     a < follow
    48253.0     > ERR already master of others, invalid usage
    48253.0     . still lists replicas; trying again
    48303.0     a < fence
    48305.0     a < follow
    48306.0     > ERR already master of others, invalid usage
    48306.0     . still lists replicas; trying again
    48356.0     a < fence
    48358.0     a < follow
    48359.0     > ERR already master of others, invalid usage
    48359.0     . still lists replicas; trying again
    48409.0     a < fence
    48411.0     a < follow
    48412.0     > ERR already master of others, invalid usage
    48412.0     . still lists replicas; trying again
    48462.0     a < fence
    48464.0     a < follow
    48465.0     > ERR already master of others, invalid usage
    48465.0     . still lists replicas; trying again
    48515.0     a < fence
    48517.0     a < follow
    48518.0     > ERR already master of others, invalid usage
    48518.0     . still lists replicas; trying again
    48568.0     a < fence
    48570.0     a < follow
    48571.0     > ERR already master of others, invalid usage
    48571.0     . still lists replicas; trying again
    48621.0     a < fence
    48623.0     a < follow
    48624.0     > ERR already master of others, invalid usage
    48624.0     . still lists replicas; trying again
    48674.0     a < fence
    48676.0     a < follow
    48677.0     > ERR already master of others, invalid usage
    48677.0     . still lists replicas; trying again
    48727.0     a < fence
    48729.0     a < follow
    48730.0     > ERR already master of others, invalid usage
    48730.0     . still lists replicas; trying again
    48780.0     a < fence
    48782.0     a < follow
    48783.0     > ERR already master of others, invalid usage
    48783.0     . still lists replicas; trying again
    48833.0     a < fence
    48835.0     a < follow
    48836.0     > ERR already master of others, invalid usage
    48836.0     . still lists replicas; trying again
    48886.0     a < fence
    48888.0     a < follow
    48889.0     > ERR already master of others, invalid usage
    48889.0     . still lists replicas; trying again
    48939.0     a < fence
    48941.0     a < follow
    48942.0     > ERR already master of others, invalid usage
    48942.0     . still lists replicas; trying again
    48992.0     a < fence
    48994.0     a < follow
    48995.0     > ERR already master of others, invalid usage
    48995.0     . still lists replicas; trying again
    49045.0     a < fence
    49047.0     a < follow
    49048.0     > ERR already master of others, invalid usage
    49048.0     . still lists replicas; trying again
    49098.0     a < fence
    49100.0     a < follow
    49101.0     > ERR already master of others, invalid usage
    49101.0     . still lists replicas; trying again
    49151.0     a < fence
    49153.0     a < follow
    49154.0     > ERR already master of others, invalid usage
    49154.0     . still lists replicas; trying again
    49204.0     a < fence
    49206.0     a < follow
    49207.0     > ERR already master of others, invalid usage
    49207.0     . still lists replicas; trying again
    49257.0     a < fence
    49259.0     a < follow
    49260.0     > ERR already master of others, invalid usage
    49260.0     . still lists replicas; trying again
    49310.0     a < fence
    49312.0     a < follow
    49313.0     > ERR already master of others, invalid usage
    49313.0     . still lists replicas; trying again
    49363.0     a < fence
    49365.0     a < follow
    49366.0     > ERR already master of others, invalid usage
    49366.0     . still lists replicas; trying again
    49416.0     a < fence
    49418.0     a < follow
    49419.0     > ERR already master of others, invalid usage
    49419.0     . still lists replicas; trying again
    49469.0     a < fence
    49471.0     a < follow
    49472.0     > ERR already master of others, invalid usage
    49472.0     . still lists replicas; trying again
    49522.0     a < fence
    49524.0     a < follow
    49525.0     > ERR already master of others, invalid usage
    49525.0     . still lists replicas; trying again
    49575.0     a < fence
    49577.0     a < follow
    49578.0     > ERR already master of others, invalid usage
    49578.0     . still lists replicas; trying again
    49628.0     a < fence
    49630.0     a < follow
    49631.0     > ERR already master of others, invalid usage
    49631.0     . still lists replicas; trying again
    49681.0     a < fence
    49683.0     a < follow
    49684.0     > ERR already master of others, invalid usage
    49684.0     . still lists replicas; trying again
    49734.0     a < fence
    49736.0     a < follow
    49737.0     > ERR already master of others, invalid usage
    49737.0     . still lists replicas; trying again
    49787.0     a < fence
    49789.0     a < follow
    49790.0     > ERR already master of others, invalid usage
    49790.0     . still lists replicas; trying again
    49840.0     a < fence
    49842.0     a < follow
    49843.0     > ERR already master of others, invalid usage
    49843.0     . still lists replicas; trying again
    49893.0     a < fence
    49895.0     a < follow
    49896.0     > ERR already master of others, invalid usage
    49896.0     . still lists replicas; trying again
    49946.0     a < fence
    49948.0     a < follow
    49949.0     > ERR already master of others, invalid usage
    49949.0     . still lists replicas; trying again
    49999.0     a < fence
    50001.0     a < follow
    50002.0     > ERR already master of others, invalid usage
    50002.0     . still lists replicas; trying again
    50052.0     a < fence
    50054.0     a < follow
    50055.0     > ERR already master of others, invalid usage
    50055.0     . still lists replicas; trying again
    50105.0     a < fence
    50107.0     a < follow
    50108.0     > ERR already master of others, invalid usage
    50108.0     . still lists replicas; trying again
    50158.0     a < fence
    50160.0     a < follow
    50161.0     > ERR already master of others, invalid usage
    50161.0     . still lists replicas; trying again
    50211.0     a < fence
    50213.0     a < follow
    50214.0     > ERR already master of others, invalid usage
    50214.0     . still lists replicas; trying again
    50264.0     a < fence
    50266.0     a < follow
    50267.0     > ERR already master of others, invalid usage
    50267.0     . still lists replicas; trying again
    50317.0     a < fence
    50319.0     a < follow
    50320.0     > ERR already master of others, invalid usage
    50320.0     . still lists replicas; trying again
    50370.0     a < fence
    50372.0     a < follow
    50373.0     > ERR already master of others, invalid usage
    50373.0     . still lists replicas; trying again
    50423.0     a < fence
    50425.0     a < follow
    50426.0     > ERR already master of others, invalid usage
    50426.0     . still lists replicas; trying again
    50476.0     a < fence
    50478.0     a < follow
    50479.0     > ERR already master of others, invalid usage
    50479.0     . still lists replicas; trying again
    50529.0     a < fence
    50531.0     a < follow
    50532.0     > ERR already master of others, invalid usage
    50532.0     . still lists replicas; trying again
    50582.0     a < fence
    50584.0     a < follow
    50585.0     > ERR already master of others, invalid usage
    50585.0     . still lists replicas; trying again
    50635.0     a < fence
    50637.0     a < follow
    50638.0     > ERR already master of others, invalid usage
    50638.0     . still lists replicas; trying again
    50688.0     a < fence
    50690.0     a < follow
    50691.0     > ERR already master of others, invalid usage
    50691.0     . still lists replicas; trying again
    50741.0     a < fence
    50743.0     a < follow
    50744.0     > ERR already master of others, invalid usage
    50744.0     . still lists replicas; trying again
    50794.0     a < fence
    50796.0     a < follow
    50797.0     > ERR already master of others, invalid usage
    50797.0     . still lists replicas; trying again
    50847.0     a < fence
    50849.0     a < follow
    50850.0     > ERR already master of others, invalid usage
    50850.0     . still lists replicas; trying again
    50900.0     a < fence
    50902.0     a < follow
    50903.0     > ERR already master of others, invalid usage
    50903.0     . still lists replicas; trying again
    50953.0     a < fence
    50955.0     a < follow
    50956.0     > ERR already master of others, invalid usage
    50956.0     . still lists replicas; trying again
    51006.0     a < fence
    51008.0     a < follow
    51009.0     > ERR already master of others, invalid usage
    51009.0     . still lists replicas; trying again
    51059.0     a < fence
    51061.0     a < follow
    51062.0     > ERR already master of others, invalid usage
    51062.0     . still lists replicas; trying again
    51112.0     a < fence
    51114.0     a < follow
    51115.0     > ERR already master of others, invalid usage
    51115.0     . still lists replicas; trying again
    51165.0     a < fence
    51167.0     a < follow
    51168.0     > ERR already master of others, invalid usage
    51168.0     . still lists replicas; trying again
    51218.0     a < fence
    51220.0     a < follow
    51221.0     > ERR already master of others, invalid usage
    51221.0     . still lists replicas; trying again
    51271.0     a < fence
    51273.0     a < follow
    51274.0     > ERR already master of others, invalid usage
    51274.0     . still lists replicas; trying again
    51324.0     a < fence
    51326.0     a < follow
    51327.0     > ERR already master of others, invalid usage
    51327.0     . still lists replicas; trying again
    51377.0     a < fence
    51379.0     a < follow
    51380.0     > ERR already master of others, invalid usage
    51380.0     . still lists replicas; trying again
    51430.0     a < fence
    51432.0     a < follow
    51433.0     > ERR already master of others, invalid usage
    51433.0     . still lists replicas; trying again
    51483.0     a < fence
    51485.0     a < follow
    51486.0     > ERR already master of others, invalid usage
    51486.0     . still lists replicas; trying again
    51536.0     a < fence
    51538.0     a < follow
    51539.0     > ERR already master of others, invalid usage
    51539.0     . still lists replicas; trying again
    51589.0     a < fence
    51591.0     a < follow
    51592.0     > ERR already master of others, invalid usage
    51592.0     . still lists replicas; trying again
    51642.0     a < fence
    51644.0     a < follow
    51645.0     > ERR already master of others, invalid usage
    51645.0     . still lists replicas; trying again
    51695.0     a < fence
    51697.0     a < follow
    51698.0     > ERR already master of others, invalid usage
    51698.0     . still lists replicas; trying again
    51748.0     a < fence
    51750.0     a < follow
    51751.0     > ERR already master of others, invalid usage
    51751.0     . still lists replicas; trying again
    51801.0     a < fence
    51803.0     a < follow
    51804.0     > ERR already master of others, invalid usage
    51804.0     . still lists replicas; trying again
    51854.0     a < fence
    51856.0     a < follow
    51857.0     > ERR already master of others, invalid usage
    51857.0     . still lists replicas; trying again
    51907.0     a < fence
    51909.0     a < follow
    51910.0     > ERR already master of others, invalid usage
    51910.0     . still lists replicas; trying again
    51960.0     a < fence
    51962.0     a < follow
    51963.0     > ERR already master of others, invalid usage
    51963.0     . still lists replicas; trying again
    52013.0     a < fence
    52015.0     a < follow
    52016.0     > ERR already master of others, invalid usage
    52016.0     . still lists replicas; trying again
    52066.0     a < fence
    52068.0     a < follow
    52069.0     > ERR already master of others, invalid usage
    52069.0     . still lists replicas; trying again
    52119.0     a < fence
    52121.0     a < follow
    52122.0     > ERR already master of others, invalid usage
    52122.0     . still lists replicas; trying again
    52172.0     a < fence
    52174.0     a < follow
    52175.0     > ERR already master of others, invalid usage
    52175.0     . still lists replicas; trying again
    52225.0     a < fence
    52227.0     a < follow
    52228.0     > ERR already master of others, invalid usage
    52228.0     . still lists replicas; trying again
    52278.0     a < fence
    52280.0     a < follow
    52281.0     > ERR already master of others, invalid usage
    52281.0     . still lists replicas; trying again
    52331.0     a < fence
    52333.0     a < follow
    52334.0     > ERR already master of others, invalid usage
    52334.0     . still lists replicas; trying again
    52384.0     a < fence
    52386.0     a < follow
    52387.0     > ERR already master of others, invalid usage
    52387.0     . still lists replicas; trying again
    52437.0     a < fence
    52439.0     a < follow
    52440.0     > ERR already master of others, invalid usage
    52440.0     . still lists replicas; trying again
    52490.0     a < fence
    52492.0     a < follow
    52493.0     > ERR already master of others, invalid usage
    52493.0     . still lists replicas; trying again
    52543.0     a < fence
    52545.0     a < follow
    52546.0     > ERR already master of others, invalid usage
    52546.0     . still lists replicas; trying again
    52596.0     a < fence
    52598.0     a < follow
    52599.0     > ERR already master of others, invalid usage
    52599.0     . still lists replicas; trying again
    52649.0     a < fence
    52651.0     a < follow
    52652.0     > ERR already master of others, invalid usage
    52652.0     . still lists replicas; trying again
    52702.0     a < fence
    52704.0     a < follow
    52705.0     > ERR already master of others, invalid usage
    52705.0     . still lists replicas; trying again
    52755.0     a < fence
    52757.0     a < follow
    52758.0     > ERR already master of others, invalid usage
    52758.0     . still lists replicas; trying again
    52808.0     a < fence
    52810.0     a < follow
    52811.0     > ERR already master of others, invalid usage
    52811.0     . still lists replicas; trying again
    52861.0     a < fence
    52863.0     a < follow
    52864.0     > ERR already master of others, invalid usage
    52864.0     . still lists replicas; trying again
    52914.0     a < fence
    52916.0     a < follow
    52917.0     > ERR already master of others, invalid usage
    52917.0     . still lists replicas; trying again
    52967.0     a < fence
    52969.0     a < follow
    52970.0     > ERR already master of others, invalid usage
    52970.0     . still lists replicas; trying again
    53020.0     a < fence
    53022.0     a < follow
    53023.0     > ERR already master of others, invalid usage
    53023.0     . still lists replicas; trying again
    53073.0     a < fence
    53075.0     a < follow
    53076.0     > ERR already master of others, invalid usage
    53076.0     . still lists replicas; trying again
    53126.0     a < fence
    53128.0     a < follow
    53129.0     > ERR already master of others, invalid usage
    53129.0     . still lists replicas; trying again
    53179.0     a < fence
    53181.0     a < follow
    53182.0     > ERR already master of others, invalid usage
    53182.0     . still lists replicas; trying again
    53232.0     a < fence
    53234.0     a < follow
    53235.0     > ERR already master of others, invalid usage
    53235.0     . still lists replicas; trying again
    53285.0     a < fence
    53287.0     a < follow
    53288.0     > ERR already master of others, invalid usage
    53288.0     . still lists replicas; trying again
    53338.0     a < fence
    53340.0     a < follow
    53341.0     > ERR already master of others, invalid usage
    53341.0     . still lists replicas; trying again
    53391.0     a < fence
    53393.0     a < follow
    53394.0     > ERR already master of others, invalid usage
    53394.0     . still lists replicas; trying again
    53444.0     a < fence
    53446.0     a < follow
    53447.0     > ERR already master of others, invalid usage
    53447.0     . still lists replicas; trying again
    53497.0     a < fence
    53499.0     a < follow
    53500.0     > ERR already master of others, invalid usage
    53500.0     . still lists replicas; trying again
    53550.0     a < fence
    53552.0     a < follow
    53553.0     > ERR already master of others, invalid usage
    53553.0     . still lists replicas; trying again
    53603.0     a < fence
    53605.0     a < follow
    53606.0     > ERR already master of others, invalid usage
    53606.0     . still lists replicas; trying again
    53656.0     a < fence
    53658.0     a < follow
    53659.0     > ERR already master of others, invalid usage
    53659.0     . still lists replicas; trying again
    53709.0     a < fence
    53711.0     a < follow
    53712.0     > ERR already master of others, invalid usage
    53712.0     . still lists replicas; trying again
    53762.0     a < fence
    53764.0     a < follow
    53765.0     > ERR already master of others, invalid usage
    53765.0     . still lists replicas; trying again
    53815.0     a < fence
    53817.0     a < follow
    53818.0     > ERR already master of others, invalid usage
    53818.0     . still lists replicas; trying again
    53868.0     a < fence
    53870.0     a < follow
    53871.0     > ERR already master of others, invalid usage
    53871.0     . still lists replicas; trying again
    53921.0     a < fence
    53923.0     a < follow
    53924.0     > ERR already master of others, invalid usage
    53924.0     . still lists replicas; trying again
    53974.0     a < fence
    53976.0     a < follow
    53977.0     > ERR already master of others, invalid usage
    53977.0     . still lists replicas; trying again
    54027.0     a < fence
    54029.0     a < follow
    54030.0     > ERR already master of others, invalid usage
    54030.0     . still lists replicas; trying again
    54080.0     a < fence
    54082.0     a < follow
    54083.0     > ERR already master of others, invalid usage
    54083.0     . still lists replicas; trying again
    54133.0     a < fence
    54135.0     a < follow
    54136.0     > ERR already master of others, invalid usage
    54136.0     . still lists replicas; trying again
    54186.0     a < fence
    54188.0     a < follow
    54189.0     > ERR already master of others, invalid usage
    54189.0     . still lists replicas; trying again
    54239.0     a < fence
    54241.0     a < follow
    54242.0     > ERR already master of others, invalid usage
    54242.0     . still lists replicas; trying again
    54292.0     a < fence
    54294.0     a < follow
    54295.0     > ERR already master of others, invalid usage
    54295.0     . still lists replicas; trying again
    54345.0     a < fence
    54347.0     a < follow
    54348.0     > ERR already master of others, invalid usage
    54348.0     . still lists replicas; trying again
    54398.0     a < fence
    54400.0     a < follow
    54401.0     > ERR already master of others, invalid usage
    54401.0     . still lists replicas; trying again
    54451.0     a < fence
    54453.0     a < follow
    54454.0     > ERR already master of others, invalid usage
    54454.0     . still lists replicas; trying again
    54504.0     a < fence
    54506.0     a < follow
    54507.0     > ERR already master of others, invalid usage
    54507.0     . still lists replicas; trying again
    54557.0     a < fence
    54559.0     a < follow
    54560.0     > ERR already master of others, invalid usage
    54560.0     . still lists replicas; trying again
    54610.0     a < fence
    54612.0     a < follow
    54613.0     > ERR already master of others, invalid usage
    54613.0     . still lists replicas; trying again
    54663.0     a < fence
    54665.0     a < follow
    54666.0     > ERR already master of others, invalid usage
    54666.0     . still lists replicas; trying again
    54716.0     a < fence
    54718.0     a < follow
    54719.0     > ERR already master of others, invalid usage
    54719.0     . still lists replicas; trying again
    54769.0     a < fence
    54771.0     a < follow
    54772.0     > ERR already master of others, invalid usage
    54772.0     . still lists replicas; trying again
    54822.0     a < fence
    54824.0     a < follow
    54825.0     > ERR already master of others, invalid usage
    54825.0     . still lists replicas; trying again
    54875.0     a < fence
    54877.0     a < follow
    54878.0     > ERR already master of others, invalid usage
    54878.0     . still lists replicas; trying again
    54928.0     a < fence
    54930.0     a < follow
    54931.0     > ERR already master of others, invalid usage
    54931.0     . still lists replicas; trying again
    54981.0     a < fence
    54983.0     a < follow
    54984.0     > ERR already master of others, invalid usage
    54984.0     . still lists replicas; trying again
    55034.0     a < fence
    55036.0     a < follow
    55037.0     > ERR already master of others, invalid usage
    55037.0     . still lists replicas; trying again
    55087.0     a < fence
    55089.0     a < follow
    55090.0     > ERR already master of others, invalid usage
    55090.0     . still lists replicas; trying again
    55140.0     a < fence
    55142.0     a < follow
    55143.0     > ERR already master of others, invalid usage
    55143.0     . still lists replicas; trying again
    55193.0     a < fence
    55195.0     a < follow
    55196.0     > ERR already master of others, invalid usage
    55196.0     . still lists replicas; trying again
    55246.0     a < fence
    55248.0     a < follow
    55249.0     > ERR already master of others, invalid usage
    55249.0     . still lists replicas; trying again
    55299.0     a < fence
    55301.0     a < follow
    55302.0     > ERR already master of others, invalid usage
    55302.0     . still lists replicas; trying again
    55352.0     a < fence
    55354.0     a < follow
    55355.0     > ERR already master of others, invalid usage
    55355.0     . still lists replicas; trying again
    55405.0     a < fence
    55407.0     a < follow
    55408.0     > ERR already master of others, invalid usage
    55408.0     . still lists replicas; trying again
    55458.0     a < fence
    55460.0     a < follow
    55461.0     > ERR already master of others, invalid usage
    55461.0     . still lists replicas; trying again
    55511.0     a < fence
    55513.0     a < follow
    55514.0     > ERR already master of others, invalid usage
    55514.0     . still lists replicas; trying again
    55564.0     a < fence
    55566.0     a < follow
    55567.0     > ERR already master of others, invalid usage
    55567.0     . still lists replicas; trying again
    55617.0     a < fence
    55619.0     a < follow
    55620.0     > ERR already master of others, invalid usage
    55620.0     . still lists replicas; trying again
    55670.0     a < fence
    55672.0     a < follow
    55673.0     > ERR already master of others, invalid usage
    55673.0     . still lists replicas; trying again
    55723.0     a < fence
    55725.0     a < follow
    55726.0     > ERR already master of others, invalid usage
    55726.0     . still lists replicas; trying again
    55776.0     a < fence
    55778.0     a < follow
    55779.0     > ERR already master of others, invalid usage
    55779.0     . still lists replicas; trying again
    55829.0     a < fence
    55831.0     a < follow
    55832.0     > ERR already master of others, invalid usage
    55832.0     . still lists replicas; trying again
    55882.0     a < fence
    55884.0     a < follow
    55885.0     > ERR already master of others, invalid usage
    55885.0     . still lists replicas; trying again
    55935.0     a < fence
    55937.0     a < follow
    55938.0     > ERR already master of others, invalid usage
    55938.0     . still lists replicas; trying again
    55988.0     a < fence
    55990.0     a < follow
    55991.0     > ERR already master of others, invalid usage
    55991.0     . still lists replicas; trying again
    56041.0     a < fence
    56043.0     a < follow
    56044.0     > ERR already master of others, invalid usage
    56044.0     . still lists replicas; trying again
    56094.0     a < fence
    56096.0     a < follow
    56097.0     > ERR already master of others, invalid usage
    56097.0     . still lists replicas; trying again
    56147.0     a < fence
    56149.0     a < follow
    56150.0     > ERR already master of others, invalid usage
    56150.0     . still lists replicas; trying again
    56200.0     a < fence
    56202.0     a < follow
    56203.0     > ERR already master of others, invalid usage
    56203.0     . still lists replicas; trying again
    56253.0     a < fence
    56255.0     a < follow
    56256.0     > ERR already master of others, invalid usage
    56256.0     . still lists replicas; trying again
    56306.0     a < fence
    56308.0     a < follow
    56309.0     > ERR already master of others, invalid usage
    56309.0     . still lists replicas; trying again
    56359.0     a < fence
    56361.0     a < follow
    56362.0     > ERR already master of others, invalid usage
    56362.0     . still lists replicas; trying again
    56412.0     a < fence
    56414.0     a < follow
    56415.0     > ERR already master of others, invalid usage
    56415.0     . still lists replicas; trying again
    56465.0     a < fence
    56467.0     a < follow
    56468.0     > ERR already master of others, invalid usage
    56468.0     . still lists replicas; trying again
    56518.0     a < fence
    56520.0     a < follow
    56521.0     > ERR already master of others, invalid usage
    56521.0     . still lists replicas; trying again
    56571.0     a < fence
    56573.0     a < follow
    56574.0     > ERR already master of others, invalid usage
    56574.0     . still lists replicas; trying again
    56624.0     a < fence
    56626.0     a < follow
    56627.0     > ERR already master of others, invalid usage
    56627.0     . still lists replicas; trying again
    56677.0     a < fence
    56679.0     a < follow
    56680.0     > ERR already master of others, invalid usage
    56680.0     . still lists replicas; trying again
    56730.0     a < fence
    56732.0     a < follow
    56733.0     > ERR already master of others, invalid usage
    56733.0     . still lists replicas; trying again
    56783.0     a < fence
    56785.0     a < follow
    56786.0     > ERR already master of others, invalid usage
    56786.0     . still lists replicas; trying again
    56836.0     a < fence
    56838.0     a < follow
    56839.0     > ERR already master of others, invalid usage
    56839.0     . still lists replicas; trying again
    56889.0     a < fence
    56891.0     a < follow
    56892.0     > ERR already master of others, invalid usage
    56892.0     . still lists replicas; trying again
    56942.0     a < fence
    56944.0     a < follow
    56945.0     > ERR already master of others, invalid usage
    56945.0     . still lists replicas; trying again
    56995.0     a < fence
    56997.0     a < follow
    56998.0     > ERR already master of others, invalid usage
    56998.0     . still lists replicas; trying again
    57048.0     a < fence
    57050.0     a < follow
    57051.0     > ERR already master of others, invalid usage
    57051.0     . still lists replicas; trying again
    57101.0     a < fence
    57103.0     a < follow
    57104.0     > ERR already master of others, invalid usage
    57104.0     . still lists replicas; trying again
    57154.0     a < fence
    57156.0     a < follow
    57157.0     > ERR already master of others, invalid usage
    57157.0     . still lists replicas; trying again
    57207.0     a < fence
    57209.0     a < follow
    57210.0     > ERR already master of others, invalid usage
    57210.0     . still lists replicas; trying again
    57260.0     a < fence
    57262.0     a < follow
    57263.0     > ERR already master of others, invalid usage
    57263.0     . still lists replicas; trying again
    57313.0     a < fence
    57315.0     a < follow
    57316.0     > ERR already master of others, invalid usage
    57316.0     . still lists replicas; trying again
    57366.0     a < fence
    57368.0     a < follow
    57369.0     > ERR already master of others, invalid usage
    57369.0     . still lists replicas; trying again
    57419.0     a < fence
    57421.0     a < follow
    57422.0     > ERR already master of others, invalid usage
    57422.0     . still lists replicas; trying again
    57472.0     a < fence
    57474.0     a < follow
    57475.0     > ERR already master of others, invalid usage
    57475.0     . still lists replicas; trying again
    57525.0     a < fence
    57527.0     a < follow
    57528.0     > ERR already master of others, invalid usage
    57528.0     . still lists replicas; trying again
    57578.0     a < fence
    57580.0     a < follow
    57581.0     > ERR already master of others, invalid usage
    57581.0     . still lists replicas; trying again
    57631.0     a < fence
    57633.0     a < follow
    57634.0     > ERR already master of others, invalid usage
    57634.0     . still lists replicas; trying again
    57684.0     a < fence
    57686.0     a < follow
    57687.0     > ERR already master of others, invalid usage
    57687.0     . still lists replicas; trying again
    57737.0     a < fence
    57739.0     a < follow
    57740.0     > ERR already master of others, invalid usage
    57740.0     . still lists replicas; trying again
    57790.0     a < fence
    57792.0     a < follow
    57793.0     > ERR already master of others, invalid usage
    57793.0     . still lists replicas; trying again
    57843.0     a < fence
    57845.0     a < follow
    57846.0     > ERR already master of others, invalid usage
    57846.0     . still lists replicas; trying again
    57896.0     a < fence
    57898.0     a < follow
    57899.0     > ERR already master of others, invalid usage
    57899.0     . still lists replicas; trying again
    57949.0     a < fence
    57951.0     a < follow
    57952.0     > ERR already master of others, invalid usage
    57952.0     . still lists replicas; trying again
    58002.0     a < fence
    58004.0     a < follow
    58005.0     > ERR already master of others, invalid usage
    58005.0     . still lists replicas; trying again
    58055.0     a < fence
    58057.0     a < follow
    58058.0     > ERR already master of others, invalid usage
    58058.0     . still lists replicas; trying again
    58108.0     a < fence
    58110.0     a < follow
    58111.0     > ERR already master of others, invalid usage
    58111.0     . still lists replicas; trying again
    58161.0     a < fence
    58163.0     a < follow
    58164.0     > ERR already master of others, invalid usage
    58164.0     . still lists replicas; trying again
    58214.0     a < fence
    58216.0     a < follow
    58217.0     > ERR already master of others, invalid usage
    58217.0     . still lists replicas; trying again
    58267.0     a < fence
    58269.0     a < follow
    58270.0     > ERR already master of others, invalid usage
    58270.0     . still lists replicas; trying again
    58320.0     a < fence
    58322.0     a < follow
    58323.0     > ERR already master of others, invalid usage
    58323.0     . still lists replicas; trying again
    58373.0     a < fence
    58375.0     a < follow
    58376.0     > ERR already master of others, invalid usage
    58376.0     . still lists replicas; trying again
    58426.0     a < fence
    58428.0     a < follow
    58429.0     > ERR already master of others, invalid usage
    58429.0     . still lists replicas; trying again
    58479.0     a < fence
    58481.0     a < follow
    58482.0     > ERR already master of others, invalid usage
    58482.0     . still lists replicas; trying again
    58532.0     a < fence
    58534.0     a < follow
    58535.0     > ERR already master of others, invalid usage
    58535.0     . still lists replicas; trying again
    58585.0     a < fence
    58587.0     a < follow
    58588.0     > ERR already master of others, invalid usage
    58588.0     . still lists replicas; trying again
    58638.0     a < fence
    58640.0     a < follow
    58641.0     > ERR already master of others, invalid usage
    58641.0     . still lists replicas; trying again
    58691.0     a < fence
    58693.0     a < follow
    58694.0     > ERR already master of others, invalid usage
    58694.0     . still lists replicas; trying again
    58744.0     a < fence
    58746.0     a < follow
    58747.0     > ERR already master of others, invalid usage
    58747.0     . still lists replicas; trying again
    58797.0     a < fence
    58799.0     a < follow
    58800.0     > ERR already master of others, invalid usage
    58800.0     . still lists replicas; trying again
    58850.0     a < fence
    58852.0     a < follow
    58853.0     > ERR already master of others, invalid usage
    58853.0     . still lists replicas; trying again
    58903.0     a < fence
    58905.0     a < follow
    58906.0     > ERR already master of others, invalid usage
    58906.0     . still lists replicas; trying again
    58956.0     a < fence
    58958.0     a < follow
    58959.0     > ERR already master of others, invalid usage
    58959.0     . still lists replicas; trying again
    59009.0     a < fence
    59011.0     a < follow
    59012.0     > ERR already master of others, invalid usage
    59012.0     . still lists replicas; trying again
    59062.0     a < fence
    59064.0     a < follow
    59065.0     > ERR already master of others, invalid usage
    59065.0     . still lists replicas; trying again
    59115.0     a < fence
    59117.0     a < follow
    59118.0     > ERR already master of others, invalid usage
    59118.0     . still lists replicas; trying again
    59168.0     a < fence
    59170.0     a < follow
    59171.0     > ERR already master of others, invalid usage
    59171.0     . still lists replicas; trying again
    59221.0     a < fence
    59223.0     a < follow
    59224.0     > ERR already master of others, invalid usage
    59224.0     . still lists replicas; trying again
    59274.0     a < fence
    59276.0     a < follow
    59277.0     > ERR already master of others, invalid usage
    59277.0     . still lists replicas; trying again
    59327.0     a < fence
    59329.0     a < follow
    59330.0     > ERR already master of others, invalid usage
    59330.0     . still lists replicas; trying again
    59380.0     a < fence
    59382.0     a < follow
    59383.0     > ERR already master of others, invalid usage
    59383.0     . still lists replicas; trying again
    59433.0     a < fence
    59435.0     a < follow
    59436.0     > ERR already master of others, invalid usage
    59436.0     . still lists replicas; trying again
    59486.0     a < fence
    59488.0     a < follow
    59489.0     > ERR already master of others, invalid usage
    59489.0     . still lists replicas; trying again
    59539.0     a < fence
    59541.0     a < follow
    59542.0     > ERR already master of others, invalid usage
    59542.0     . still lists replicas; trying again
    59592.0     a < fence
    59594.0     a < follow
    59595.0     > ERR already master of others, invalid usage
    59595.0     . still lists replicas; trying again
    59645.0     a < fence
    59647.0     a < follow
    59648.0     > ERR already master of others, invalid usage
    59648.0     . still lists replicas; trying again
    59698.0     a < fence
    59700.0     a < follow
    59701.0     > ERR already master of others, invalid usage
    59701.0     . still lists replicas; trying again
    59751.0     a < fence
    59753.0     a < follow
    59754.0     > ERR already master of others, invalid usage
    59754.0     . still lists replicas; trying again
    59804.0     a < fence
    59806.0     a < follow
    59807.0     > ERR already master of others, invalid usage
    59807.0     . still lists replicas; trying again
    59857.0     a < fence
    59859.0     a < follow
    59860.0     > ERR already master of others, invalid usage
    59860.0     . still lists replicas; trying again
    59910.0     a < fence
    59912.0     a < follow
    59913.0     > ERR already master of others, invalid usage
    59913.0     . still lists replicas; trying again
    59963.0     a < fence
    59965.0     a < follow
    59966.0     > ERR already master of others, invalid usage
    59966.0     . still lists replicas; trying again
    60016.0     a < fence
    60018.0     a < follow
    60019.0     > ERR already master of others, invalid usage
    60019.0     . still lists replicas; trying again
    60020.0     [after 9 failed replica.not_moved] failed: 10.0.0.1:9221 does not follow 10.0.0.2:9221 after 60000 ms
    60020.0 -- lift the fence on a [before 10]
    60020.0     a < fence
    60021.0     [after 10 failed fence.kept] failed: 10.0.0.1:9221 stays fenced, because it does not follow the new master
    60021.0 -- a saves its role [before 11]
    60021.0     [after 11 ok] ok: left as it was saved: it did not move
    60021.0 -- every replica is linked and level [before 12]
    60021.0     [after 12 ok] ok
    60021.0 -- run the hooks of `switched` [before 13]
    60021.0     b < hooks
    60022.0     [after 13 ok] ok
    60022.0 -- give the lock back on b [before 14]
    60022.0     b < unlock
    60023.0     [after 14 ok] ok
    60023.0     [end]
    60023.0 == incomplete: rejoin.past_point, replica.not_moved, fence.kept, blackout 15.0 ms
    "#);
}

#[test]
fn an_old_master_that_still_lists_replicas_is_told_again() {
    let mut world = world();
    world.fleet.ghost_us = 2_700_000;
    let plan = stage::promote(&world.fleet, "b");
    assert_snapshot!(since("a follows", &mut world, &plan), @r"
      23.0 -- a follows b [before 9]
      23.0     a < fence
      25.0     a < follow
      26.0     > ERR already master of others, invalid usage
      26.0     . still lists replicas; trying again
      76.0     a < fence
      78.0     a < follow
      79.0     > ERR already master of others, invalid usage
      79.0     . still lists replicas; trying again
     129.0     a < fence
     131.0     a < follow
     132.0     > ERR already master of others, invalid usage
     132.0     . still lists replicas; trying again
     182.0     a < fence
     184.0     a < follow
     185.0     > ERR already master of others, invalid usage
     185.0     . still lists replicas; trying again
     235.0     a < fence
     237.0     a < follow
     238.0     > ERR already master of others, invalid usage
     238.0     . still lists replicas; trying again
     288.0     a < fence
     290.0     a < follow
     291.0     > ERR already master of others, invalid usage
     291.0     . still lists replicas; trying again
     341.0     a < fence
     343.0     a < follow
     344.0     > ERR already master of others, invalid usage
     344.0     . still lists replicas; trying again
     394.0     a < fence
     396.0     a < follow
     397.0     > ERR already master of others, invalid usage
     397.0     . still lists replicas; trying again
     447.0     a < fence
     449.0     a < follow
     450.0     > ERR already master of others, invalid usage
     450.0     . still lists replicas; trying again
     500.0     a < fence
     502.0     a < follow
     503.0     > ERR already master of others, invalid usage
     503.0     . still lists replicas; trying again
     553.0     a < fence
     555.0     a < follow
     556.0     > ERR already master of others, invalid usage
     556.0     . still lists replicas; trying again
     606.0     a < fence
     608.0     a < follow
     609.0     > ERR already master of others, invalid usage
     609.0     . still lists replicas; trying again
     659.0     a < fence
     661.0     a < follow
     662.0     > ERR already master of others, invalid usage
     662.0     . still lists replicas; trying again
     712.0     a < fence
     714.0     a < follow
     715.0     > ERR already master of others, invalid usage
     715.0     . still lists replicas; trying again
     765.0     a < fence
     767.0     a < follow
     768.0     > ERR already master of others, invalid usage
     768.0     . still lists replicas; trying again
     818.0     a < fence
     820.0     a < follow
     821.0     > ERR already master of others, invalid usage
     821.0     . still lists replicas; trying again
     871.0     a < fence
     873.0     a < follow
     874.0     > ERR already master of others, invalid usage
     874.0     . still lists replicas; trying again
     924.0     a < fence
     926.0     a < follow
     927.0     > ERR already master of others, invalid usage
     927.0     . still lists replicas; trying again
     977.0     a < fence
     979.0     a < follow
     980.0     > ERR already master of others, invalid usage
     980.0     . still lists replicas; trying again
    1030.0     a < fence
    1032.0     a < follow
    1033.0     > ERR already master of others, invalid usage
    1033.0     . still lists replicas; trying again
    1083.0     a < fence
    1085.0     a < follow
    1086.0     > ERR already master of others, invalid usage
    1086.0     . still lists replicas; trying again
    1136.0     a < fence
    1138.0     a < follow
    1139.0     > ERR already master of others, invalid usage
    1139.0     . still lists replicas; trying again
    1189.0     a < fence
    1191.0     a < follow
    1192.0     > ERR already master of others, invalid usage
    1192.0     . still lists replicas; trying again
    1242.0     a < fence
    1244.0     a < follow
    1245.0     > ERR already master of others, invalid usage
    1245.0     . still lists replicas; trying again
    1295.0     a < fence
    1297.0     a < follow
    1298.0     > ERR already master of others, invalid usage
    1298.0     . still lists replicas; trying again
    1348.0     a < fence
    1350.0     a < follow
    1351.0     > ERR already master of others, invalid usage
    1351.0     . still lists replicas; trying again
    1401.0     a < fence
    1403.0     a < follow
    1404.0     > ERR already master of others, invalid usage
    1404.0     . still lists replicas; trying again
    1454.0     a < fence
    1456.0     a < follow
    1457.0     > ERR already master of others, invalid usage
    1457.0     . still lists replicas; trying again
    1507.0     a < fence
    1509.0     a < follow
    1510.0     > ERR already master of others, invalid usage
    1510.0     . still lists replicas; trying again
    1560.0     a < fence
    1562.0     a < follow
    1563.0     > ERR already master of others, invalid usage
    1563.0     . still lists replicas; trying again
    1613.0     a < fence
    1615.0     a < follow
    1616.0     > ERR already master of others, invalid usage
    1616.0     . still lists replicas; trying again
    1666.0     a < fence
    1668.0     a < follow
    1669.0     > ERR already master of others, invalid usage
    1669.0     . still lists replicas; trying again
    1719.0     a < fence
    1721.0     a < follow
    1722.0     > ERR already master of others, invalid usage
    1722.0     . still lists replicas; trying again
    1772.0     a < fence
    1774.0     a < follow
    1775.0     > ERR already master of others, invalid usage
    1775.0     . still lists replicas; trying again
    1825.0     a < fence
    1827.0     a < follow
    1828.0     > ERR already master of others, invalid usage
    1828.0     . still lists replicas; trying again
    1878.0     a < fence
    1880.0     a < follow
    1881.0     > ERR already master of others, invalid usage
    1881.0     . still lists replicas; trying again
    1931.0     a < fence
    1933.0     a < follow
    1934.0     > ERR already master of others, invalid usage
    1934.0     . still lists replicas; trying again
    1984.0     a < fence
    1986.0     a < follow
    1987.0     > ERR already master of others, invalid usage
    1987.0     . still lists replicas; trying again
    2037.0     a < fence
    2039.0     a < follow
    2040.0     > ERR already master of others, invalid usage
    2040.0     . still lists replicas; trying again
    2090.0     a < fence
    2092.0     a < follow
    2093.0     > ERR already master of others, invalid usage
    2093.0     . still lists replicas; trying again
    2143.0     a < fence
    2145.0     a < follow
    2146.0     > ERR already master of others, invalid usage
    2146.0     . still lists replicas; trying again
    2196.0     a < fence
    2198.0     a < follow
    2199.0     > ERR already master of others, invalid usage
    2199.0     . still lists replicas; trying again
    2249.0     a < fence
    2251.0     a < follow
    2252.0     > ERR already master of others, invalid usage
    2252.0     . still lists replicas; trying again
    2302.0     a < fence
    2304.0     a < follow
    2305.0     > ERR already master of others, invalid usage
    2305.0     . still lists replicas; trying again
    2355.0     a < fence
    2357.0     a < follow
    2358.0     > ERR already master of others, invalid usage
    2358.0     . still lists replicas; trying again
    2408.0     a < fence
    2410.0     a < follow
    2411.0     > ERR already master of others, invalid usage
    2411.0     . still lists replicas; trying again
    2461.0     a < fence
    2463.0     a < follow
    2464.0     > ERR already master of others, invalid usage
    2464.0     . still lists replicas; trying again
    2514.0     a < fence
    2516.0     a < follow
    2517.0     > ERR already master of others, invalid usage
    2517.0     . still lists replicas; trying again
    2567.0     a < fence
    2569.0     a < follow
    2570.0     > ERR already master of others, invalid usage
    2570.0     . still lists replicas; trying again
    2620.0     a < fence
    2622.0     a < follow
    2623.0     > ERR already master of others, invalid usage
    2623.0     . still lists replicas; trying again
    2673.0     a < fence
    2675.0     a < follow
    2676.0     > ERR already master of others, invalid usage
    2676.0     . still lists replicas; trying again
    2726.0     a < fence
    2728.0     a < follow
    2730.0     [after 9 ok] ok
    2730.0 -- lift the fence on a [before 10]
    2730.0     a < unfence
    2731.0     [after 10 ok] ok
    2731.0 -- a saves its role [before 11]
    2731.0     a < persist
    2732.0     [after 11 ok] ok
    2732.0 -- every replica is linked and level [before 12]
    2733.0     . 10.0.0.1:9221 link down
    2943.0     [after 12 ok] ok
    2943.0 -- run the hooks of `switched` [before 13]
    2943.0     b < hooks
    2944.0     [after 13 ok] ok
    2944.0 -- give the lock back on b [before 14]
    2944.0     b < unlock
    2945.0     [after 14 ok] ok
    2945.0     [end]
    2945.0 == done, blackout 15.0 ms
    ");
}

#[test]
fn an_old_master_that_never_follows_stays_fenced() {
    let mut world = world();
    let plan = stage::promote(&world.fleet, "b");
    world.befall(
        "a",
        "follow",
        Trouble::Refuses("ERR Master is in sync state"),
    );
    assert_snapshot!(since("a follows", &mut world, &plan), @r"
     23.0 -- a follows b [before 9]
     23.0     a < fence
     25.0     a < follow
     26.0     > ERR Master is in sync state
     26.0     [after 9 failed replica.not_moved] failed: 10.0.0.1:9221: ERR Master is in sync state
     26.0 -- lift the fence on a [before 10]
     26.0     a < fence
     27.0     [after 10 failed fence.kept] failed: 10.0.0.1:9221 stays fenced, because it does not follow the new master
     27.0 -- a saves its role [before 11]
     27.0     [after 11 ok] ok: left as it was saved: it did not move
     27.0 -- every replica is linked and level [before 12]
     28.0     . 10.0.0.3:9221 link down
    238.0     [after 12 ok] ok
    238.0 -- run the hooks of `switched` [before 13]
    238.0     b < hooks
    239.0     [after 13 ok] ok
    239.0 -- give the lock back on b [before 14]
    239.0     b < unlock
    240.0     [after 14 ok] ok
    240.0     [end]
    240.0 == incomplete: replica.not_moved, fence.kept, blackout 15.0 ms
    ");
}

#[test]
fn an_old_master_that_dies_and_returns_is_fenced_again() {
    let mut world = world();
    world.fleet.client_writes = true;
    let plan = stage::promote(&world.fleet, "b");
    world.at_step.push((7, Happening::Kill("a")));
    world.at_us.push((30_000, Happening::Restart("a")));
    world.befall("c", "follow", Trouble::Mute);
    assert_snapshot!(since("c follows", &mut world, &plan), @r#"
      19.0 -- c follows b [before 7]
      19.0 !! Kill("a")
      20.0     c < follow
      30.0 !! Restart("a")
    6020.0     > no answer in time
    6021.0     [after 7 ok] ok
    6021.0 -- c saves its role [before 8]
    6021.0     c < persist
    6022.0     [after 8 ok] ok
    6022.0 -- a follows b [before 9]
    6022.0     a < fence
    6024.0     [after 9 failed rejoin.past_point] failed: 10.0.0.1:9221 is left apart: it is at 0:2820, past the promotion point 0:120: it holds writes that the master lacks
    6024.0 -- lift the fence on a [before 10]
    6025.0     [after 10 failed fence.kept] failed: 10.0.0.1:9221 stays fenced, because it does not follow the new master
    6025.0 -- a saves its role [before 11]
    6025.0     [after 11 ok] ok: left as it was saved: it did not move
    6025.0 -- every replica is linked and level [before 12]
    6026.0     [after 12 ok] ok
    6026.0 -- run the hooks of `switched` [before 13]
    6026.0     b < hooks
    6027.0     [after 13 ok] ok
    6027.0 -- give the lock back on b [before 14]
    6027.0     b < unlock
    6028.0     [after 14 ok] ok
    6028.0     [end]
    6028.0 == incomplete: rejoin.past_point, fence.kept, blackout 15.0 ms
    "#);
}

#[test]
fn an_old_master_whose_order_was_lost_is_told_again() {
    let mut world = world();
    let plan = stage::promote(&world.fleet, "b");
    world.befall_once("a", "follow", Trouble::Lost);
    assert_snapshot!(since("a follows", &mut world, &plan), @r"
      23.0 -- a follows b [before 9]
      23.0     a < fence
      25.0     a < follow
    6025.0     > no answer in time
    6080.0     [after 9 ok] ok
    6080.0 -- lift the fence on a [before 10]
    6080.0     a < unfence
    6081.0     [after 10 ok] ok
    6081.0 -- a saves its role [before 11]
    6081.0     a < persist
    6082.0     [after 11 ok] ok
    6082.0 -- every replica is linked and level [before 12]
    6083.0     . 10.0.0.1:9221 link down
    6293.0     [after 12 ok] ok
    6293.0 -- run the hooks of `switched` [before 13]
    6293.0     b < hooks
    6294.0     [after 13 ok] ok
    6294.0 -- give the lock back on b [before 14]
    6294.0     b < unlock
    6295.0     [after 14 ok] ok
    6295.0     [end]
    6295.0 == done, blackout 15.0 ms
    ");
}

/// What it wrote while it was told again and again must not be followed across without a word.
#[test]
fn an_old_master_that_restarts_between_two_tries_is_judged_again() {
    let mut world = world();
    world.fleet.client_writes = true;
    world.fleet.ghost_us = 2_700_000;
    let plan = stage::promote(&world.fleet, "b");
    world.at_us.push((500_000, Happening::Restart("a")));
    world.befall_once("a", "follow", Trouble::Mute);
    assert_snapshot!(since("a follows", &mut world, &plan), @r#"
      23.0 -- a follows b [before 9]
      23.0     a < fence
      25.0     a < follow
     500.0 !! Restart("a")
    6025.0     > no answer in time
    6076.0     a < fence
    6078.0     [after 9 failed rejoin.past_point] failed: 10.0.0.1:9221 is left apart: it is at 0:2850, past the promotion point 0:120: it holds writes that the master lacks
    6078.0 -- lift the fence on a [before 10]
    6079.0     [after 10 failed fence.kept] failed: 10.0.0.1:9221 stays fenced, because it does not follow the new master
    6079.0 -- a saves its role [before 11]
    6079.0     [after 11 ok] ok: left as it was saved: it did not move
    6079.0 -- every replica is linked and level [before 12]
    6080.0     [after 12 ok] ok
    6080.0 -- run the hooks of `switched` [before 13]
    6080.0     b < hooks
    6081.0     [after 13 ok] ok
    6081.0 -- give the lock back on b [before 14]
    6081.0     b < unlock
    6082.0     [after 14 ok] ok
    6082.0     [end]
    6082.0 == incomplete: rejoin.past_point, fence.kept, blackout 15.0 ms
    "#);
}
