// The NIST SP 800-53 r5 controls in FedRAMP's moderate baseline, as far as rules here give evidence for them.

/**
 * Ids of the families that rules of infrastructure can speak to. Source: FedRAMP Security Controls Baseline, revision 5,
 * moderate. A rule that names one of these under nist-800-53-r5 names it under fedramp-moderate-r5 too.
 */
export const fedrampModerate: ReadonlySet<string> = new Set(
  [
    "AC-2 AC-2(1) AC-2(2) AC-2(3) AC-2(4) AC-2(5) AC-2(7) AC-2(9) AC-2(12) AC-2(13) AC-3 AC-4 AC-4(21) AC-5 AC-6 AC-6(1) AC-6(2)",
    "AC-6(5) AC-6(7) AC-6(9) AC-6(10) AC-7 AC-11 AC-12 AC-14 AC-17 AC-17(1) AC-17(2) AC-17(3) AC-17(4) AC-20 AC-20(1) AC-21 AC-22",
    "AU-2 AU-3 AU-3(1) AU-4 AU-5 AU-6 AU-6(1) AU-6(3) AU-7 AU-7(1) AU-8 AU-9 AU-9(4) AU-11 AU-12",
    "CA-2 CA-2(1) CA-2(3) CA-3 CA-5 CA-6 CA-7 CA-7(1) CA-7(4) CA-8 CA-8(1) CA-8(2) CA-9",
    "CM-2 CM-2(2) CM-2(3) CM-2(7) CM-3 CM-3(2) CM-3(4) CM-4 CM-4(2) CM-5 CM-5(1) CM-5(5) CM-6 CM-6(1) CM-7 CM-7(1) CM-7(2)",
    "CM-7(5) CM-8 CM-8(1) CM-8(3) CM-9 CM-10 CM-11 CM-12 CM-12(1)",
    "CP-2 CP-6 CP-6(1) CP-6(3) CP-7 CP-7(1) CP-7(2) CP-7(3) CP-8 CP-9 CP-9(1) CP-9(8) CP-10 CP-10(2)",
    "IA-2 IA-2(1) IA-2(2) IA-2(5) IA-2(6) IA-2(8) IA-2(12) IA-3 IA-4 IA-4(4) IA-5 IA-5(1) IA-5(2) IA-5(6) IA-5(7) IA-6 IA-7 IA-8",
    "RA-3 RA-5 RA-5(2) RA-5(5) RA-7 RA-9 SA-3 SA-4 SA-8 SA-9 SA-10 SA-11 SA-22",
    "SC-2 SC-4 SC-5 SC-7 SC-7(3) SC-7(4) SC-7(5) SC-7(7) SC-7(8) SC-7(12) SC-7(18) SC-8 SC-8(1) SC-10 SC-12 SC-13 SC-15 SC-17 SC-18",
    "SC-20 SC-21 SC-22 SC-23 SC-28 SC-28(1) SC-39 SC-45 SC-45(1)",
    "SI-2 SI-2(2) SI-2(3) SI-3 SI-4 SI-4(1) SI-4(2) SI-4(4) SI-4(5) SI-4(16) SI-4(18) SI-4(23) SI-5 SI-6 SI-7 SI-7(1) SI-7(7) SI-8",
    "SI-8(2) SI-10 SI-11 SI-12 SI-16 SR-3 SR-5 SR-11",
  ].flatMap((line) => line.split(" ")),
);
