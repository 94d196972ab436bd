// What is asked of an object store: the schema of ObjectStore.
import { type Static, Type } from "typebox";

/** Schema of ObjectStore. */
export const storeSchema = Type.Object(
  {
    versioning: Type.Boolean({ default: true, description: "Keep former versions of objects." }),
    retentionDays: Type.Integer({
      minimum: 7,
      maximum: 365,
      default: 30,
      description: "Days that deleted objects and former versions can be brought back.",
    }),
    encryption: Type.Enum(["Provider", "ProviderManagedKey"], {
      default: "Provider",
      description:
        "Provider: the cloud's own keys. ProviderManagedKey: a key of the account's key service (AWS: aws/s3).",
    }),
    publicAccess: Type.Literal(false, {
      default: false,
      description: "Objects are never public; serve them through a CDN.",
    }),
    forceDestroy: Type.Boolean({ default: false, description: "Let deletion succeed while objects are still in it." }),
  },
  { additionalProperties: false },
);
/** Properties of an ObjectStore, checked and with defaults. */
export type StoreProperties = Static<typeof storeSchema>;
