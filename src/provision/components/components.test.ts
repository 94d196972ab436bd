import { createPublicKey } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formatCidr, parseCidr, splitCidr } from "./cidr.ts";
import { isOnCurve, keyNobodyHolds } from "./login.ts";
import { BUCKET, cloudName, markerLabels, RFC1035, STORAGE_ACCOUNT } from "./naming.ts";
import { gibibytes, machineSize } from "./sizing.ts";
import { zoneName } from "./zones.ts";

describe("networks", () => {
  const network = fc
    .tuple(fc.integer({ min: 8, max: 25 }), fc.nat(2 ** 32 - 1))
    .map(([bits, address]) => ({ bits, base: address - (address % 2 ** (32 - bits)) }));

  it("are read back as written", () => {
    fc.assert(
      fc.property(network, (cidr) => {
        expect(parseCidr(formatCidr(cidr))).toEqual(cidr);
      }),
    );
  });

  it("are split into equal parts that cover exactly the whole", () => {
    fc.assert(
      fc.property(network, fc.integer({ min: 0, max: 3 }), (cidr, bits) => {
        const parts = splitCidr(cidr, bits);
        expect(parts).toHaveLength(2 ** bits);
        let next = cidr.base;
        for (const part of parts) {
          expect(part.base).toBe(next);
          expect(parseCidr(formatCidr(part))).toEqual(part);
          next += 2 ** (32 - part.bits);
        }
        expect(next).toBe(cidr.base + 2 ** (32 - cidr.bits));
      }),
    );
  });

  it.each(["", "10.0.0.0", "10.0.0.0/33", "256.0.0.0/8", "10.0.0.1/24", "10.0.0.0/-1", "::/0", "10.0.0.0/8 "])(
    "refuse %j",
    (text) => expect(parseCidr(text)).toBeUndefined(),
  );
});

describe("cloud names", () => {
  const identity = fc.record({ uid: fc.uuid(), name: fc.string({ maxLength: 80 }), namespace: fc.constant("shop") });

  it("keep the cloud's rules whatever the Blueprint is called", () => {
    fc.assert(
      fc.property(identity, fc.string({ maxLength: 80 }), fc.string({ maxLength: 40 }), (who, stem, part) => {
        for (const rule of [RFC1035, BUCKET]) {
          const name = cloudName(who, stem, part, rule);
          expect(name).toMatch(/^[a-z]([a-z0-9-]*[a-z0-9])?$/);
          expect(name.length).toBeLessThanOrEqual(rule.max);
        }
        const account = cloudName(who, stem, part, STORAGE_ACCOUNT);
        expect(account).toMatch(/^[a-z][a-z0-9]{2,23}$/);
      }),
    );
  });

  it("differ between Blueprints and between resources, however they are cut", () => {
    const who = { uid: "one", name: "x".repeat(70), namespace: "shop" };
    const names = [
      cloudName(who, "a", "p", BUCKET),
      cloudName(who, "b", "p", BUCKET),
      cloudName(who, "a", "q", BUCKET),
      cloudName({ ...who, uid: "two" }, "a", "p", BUCKET),
    ];
    expect(new Set(names).size).toBe(names.length);
  });

  it("mark Google resources with labels that Google takes", () => {
    const labels = markerLabels({ uid: "ABC-1", name: "n", namespace: "s" }, "Shared.Group/".repeat(10));
    for (const value of Object.values(labels)) expect(value).toMatch(/^[a-z0-9_-]{1,63}$/);
  });
});

describe("machine sizes", () => {
  it.each([
    ["aws", 2, 4, "t3.medium"],
    ["aws", 8, 64, "r7i.2xlarge"],
    ["azure", 2, 4, "Standard_B2ls_v2"],
    ["gcp", 2, 4, "e2-medium"],
    ["gcp", 4, 16, "e2-standard-4"],
  ] as const)("on %s for %d processors and %d GiB the cheapest that fits", (provider, cpu, memoryGiB, name) => {
    expect(machineSize(provider, { cpu, memoryGiB, architecture: "amd64" })?.name).toBe(name);
  });

  it("never give less than was asked, nor another architecture", () => {
    const wanted = fc.record({
      cpu: fc.integer({ min: 1, max: 64 }),
      memoryGiB: fc.double({ min: 0.5, max: 256, noNaN: true }),
      architecture: fc.constantFrom("amd64" as const, "arm64" as const),
    });
    fc.assert(
      fc.property(fc.constantFrom("aws" as const, "azure" as const, "gcp" as const), wanted, (provider, ask) => {
        const size = machineSize(provider, ask);
        if (size === undefined) return;
        expect(size.cpu).toBeGreaterThanOrEqual(ask.cpu);
        expect(size.memoryGiB).toBeGreaterThanOrEqual(ask.memoryGiB);
        expect(size.architecture).toBe(ask.architecture);
      }),
    );
  });

  it.each([
    ["4Gi", 4],
    ["512Mi", 0.5],
    ["1.5Gi", 1.5],
    ["4G", 3.7252902984619],
  ])("read %s as GiB", (text, gib) => expect(gibibytes(text)).toBeCloseTo(gib, 6));
  it("refuse what is no quantity", () => expect(gibibytes("lots")).toBeUndefined());
});

describe("zones", () => {
  it.each([
    ["aws", "eu-west-1", 0, "eu-west-1a"],
    ["aws", "ap-northeast-1", 1, "ap-northeast-1c"],
    ["azure", "westeurope", 4, "2"],
    ["gcp", "europe-west1", 0, "europe-west1-b"],
  ] as const)("of %s %s number %d is %s", (provider, region, index, name) => {
    expect(zoneName(provider, region, index)).toBe(name);
  });
});

describe("the key nobody holds", () => {
  it("is a valid ed25519 public key, the same for the same machine and another for another", () => {
    const key = keyNobodyHolds("a");
    expect(keyNobodyHolds("a")).toBe(key);
    expect(keyNobodyHolds("b")).not.toBe(key);
    const blob = Buffer.from(key.split(" ")[1] ?? "", "base64");
    expect(blob.subarray(4, 15).toString()).toBe("ssh-ed25519");
    const point = blob.subarray(19);
    expect(isOnCurve(point)).toBe(true);
    const jwk = { kty: "OKP", crv: "Ed25519", x: point.toString("base64url") };
    expect(createPublicKey({ key: jwk, format: "jwk" }).asymmetricKeyType).toBe("ed25519");
  });

  it("would not be a point by chance alone", () => {
    const random = Array.from({ length: 64 }, (_, index) => Buffer.alloc(32, index + 1));
    const points = random.filter(isOnCurve).length;
    expect(points).toBeGreaterThan(10);
    expect(points).toBeLessThan(54);
  });
});
