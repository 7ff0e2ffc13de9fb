/** Seeds that have found a defect of trueup or of the simulation itself. What each was, and how it is played on the real engine, is in docs/replays.md. */
export const foundSeeds: readonly number[] = [
  209, 2_367, 3_751, 7_557, 11_309, 12_883, 21_047, 25_591, 29_518, 30_713, 39_972, 50_869, 100_546, 100_630, 110_656, 120_720, 121_461, 204_207, 209_011,
  500_110, 500_539, 501_040, 501_069, 501_222, 501_238, 505_017, 520_148, 520_175, 521_063, 522_343, 528_189, 548_591, 600_122, 600_176, 600_209, 600_246,
  600_341, 600_449, 600_605, 603_539, 613_652, 614_326,
];
