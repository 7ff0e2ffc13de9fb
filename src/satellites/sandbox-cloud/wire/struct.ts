import structs from "google-protobuf/google/protobuf/struct_pb.js";
import type { Struct, Value } from "google-protobuf/google/protobuf/struct_pb.js";
import type { Draft, Json, JsonObject } from "./json.ts";

function valueToJson(value: Value): Json {
  switch (value.getKindCase()) {
    case structs.Value.KindCase.NUMBER_VALUE:
      return value.getNumberValue();
    case structs.Value.KindCase.STRING_VALUE:
      return value.getStringValue();
    case structs.Value.KindCase.BOOL_VALUE:
      return value.getBoolValue();
    case structs.Value.KindCase.STRUCT_VALUE:
      return fromStruct(value.getStructValue());
    case structs.Value.KindCase.LIST_VALUE:
      return (value.getListValue()?.getValuesList() ?? []).map(valueToJson);
    case structs.Value.KindCase.NULL_VALUE:
    case structs.Value.KindCase.KIND_NOT_SET:
      return null;
  }
}

export function fromStruct(struct: Struct | undefined): JsonObject {
  const object: Draft = {};
  struct?.getFieldsMap().forEach((value, key) => {
    object[key] = valueToJson(value);
  });
  return object;
}

function jsonToValue(json: Json): Value {
  const value = new structs.Value();
  if (json === null) value.setNullValue(structs.NullValue.NULL_VALUE);
  else if (typeof json === "string") value.setStringValue(json);
  else if (typeof json === "number") value.setNumberValue(json);
  else if (typeof json === "boolean") value.setBoolValue(json);
  else if (Array.isArray(json)) {
    const list = new structs.ListValue();
    list.setValuesList(json.map(jsonToValue));
    value.setListValue(list);
  } else value.setStructValue(toStruct(json as JsonObject));
  return value;
}

export function toStruct(object: JsonObject): Struct {
  const struct = new structs.Struct();
  const fields = struct.getFieldsMap();
  for (const [key, member] of Object.entries(object)) fields.set(key, jsonToValue(member));
  return struct;
}
