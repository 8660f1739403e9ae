package protobuf

import (
	"strings"

	"google.golang.org/protobuf/types/descriptorpb"

	"github.com/skein-bot/skein/internal/schema"
)

// scalar is a type that is no message and no enum. Wire is the same for types of which readers take each other's
// data, as Protobuf promises.
func scalar(t descriptorpb.FieldDescriptorProto_Type) schema.Type {
	integer := func(name, wire string, bits int, unsigned bool) schema.Type {
		return schema.Type{Kind: "integer", Bits: bits, Unsigned: unsigned, Wire: wire, Physical: name}
	}
	switch t {
	case descriptorpb.FieldDescriptorProto_TYPE_INT32:
		return integer("int32", "varint", 32, false)
	case descriptorpb.FieldDescriptorProto_TYPE_INT64:
		return integer("int64", "varint", 64, false)
	case descriptorpb.FieldDescriptorProto_TYPE_UINT32:
		return integer("uint32", "varint", 32, true)
	case descriptorpb.FieldDescriptorProto_TYPE_UINT64:
		return integer("uint64", "varint", 64, true)
	case descriptorpb.FieldDescriptorProto_TYPE_SINT32:
		return integer("sint32", "zigzag", 32, false)
	case descriptorpb.FieldDescriptorProto_TYPE_SINT64:
		return integer("sint64", "zigzag", 64, false)
	case descriptorpb.FieldDescriptorProto_TYPE_FIXED32:
		return integer("fixed32", "fixed32", 32, true)
	case descriptorpb.FieldDescriptorProto_TYPE_SFIXED32:
		return integer("sfixed32", "fixed32", 32, false)
	case descriptorpb.FieldDescriptorProto_TYPE_FIXED64:
		return integer("fixed64", "fixed64", 64, true)
	case descriptorpb.FieldDescriptorProto_TYPE_SFIXED64:
		return integer("sfixed64", "fixed64", 64, false)
	case descriptorpb.FieldDescriptorProto_TYPE_FLOAT:
		return schema.Type{Kind: "float", Bits: 32, Wire: "float", Physical: "float"}
	case descriptorpb.FieldDescriptorProto_TYPE_DOUBLE:
		return schema.Type{Kind: "float", Bits: 64, Wire: "double", Physical: "double"}
	case descriptorpb.FieldDescriptorProto_TYPE_BOOL:
		return schema.Type{Kind: "boolean", Wire: "varint", Physical: "bool"}
	case descriptorpb.FieldDescriptorProto_TYPE_BYTES:
		return schema.Type{Kind: "bytes", Wire: "text", Physical: "bytes"}
	case descriptorpb.FieldDescriptorProto_TYPE_STRING:
	case descriptorpb.FieldDescriptorProto_TYPE_GROUP, descriptorpb.FieldDescriptorProto_TYPE_MESSAGE, descriptorpb.FieldDescriptorProto_TYPE_ENUM: // have names
	}
	return schema.Type{Kind: "string", Wire: "text", Physical: "string"}
}

// wellKnown is a message of google.protobuf as what it stands for.
func wellKnown(name string) (schema.Type, bool) {
	var t schema.Type
	switch name {
	case "google.protobuf.Timestamp":
		t = schema.Type{Kind: "timestamp", Zone: true, Scale: 9}
	case "google.protobuf.Duration":
		t = schema.Type{Kind: "interval"}
	case "google.protobuf.Struct", "google.protobuf.Value", "google.protobuf.ListValue":
		t = schema.Type{Kind: "json"}
	case "google.protobuf.Any", "google.protobuf.FieldMask", "google.protobuf.Empty":
		t = schema.Type{Kind: "other"}
	default:
		inside, ok := wrapped(name)
		if !ok {
			return t, false
		}
		t = scalar(inside)
	}
	t.Wire, t.Name, t.Physical = "message", name, name
	return t, true
}

// googles is another type of google.protobuf, whose files nobody keeps beside their own: opaque, or one that is told
// from inside the package.
func googles(name, scope string) (schema.Type, bool) {
	const space = "google.protobuf"
	if !strings.HasPrefix(name, space+".") {
		if scope != space && !strings.HasPrefix(scope, space+".") {
			return schema.Type{}, false
		}
		if t, ok := wellKnown(full(space, name)); ok {
			return t, true
		}
		name = full(space, name)
	}
	wire := "message"
	if name == "google.protobuf.NullValue" {
		wire = "varint"
	}
	return schema.Type{Kind: "unknown", Wire: wire, Name: name, Physical: name}, true
}

// wrapped is the type inside one of the wrappers.
func wrapped(name string) (descriptorpb.FieldDescriptorProto_Type, bool) {
	switch name {
	case "google.protobuf.DoubleValue":
		return descriptorpb.FieldDescriptorProto_TYPE_DOUBLE, true
	case "google.protobuf.FloatValue":
		return descriptorpb.FieldDescriptorProto_TYPE_FLOAT, true
	case "google.protobuf.Int64Value":
		return descriptorpb.FieldDescriptorProto_TYPE_INT64, true
	case "google.protobuf.UInt64Value":
		return descriptorpb.FieldDescriptorProto_TYPE_UINT64, true
	case "google.protobuf.Int32Value":
		return descriptorpb.FieldDescriptorProto_TYPE_INT32, true
	case "google.protobuf.UInt32Value":
		return descriptorpb.FieldDescriptorProto_TYPE_UINT32, true
	case "google.protobuf.BoolValue":
		return descriptorpb.FieldDescriptorProto_TYPE_BOOL, true
	case "google.protobuf.StringValue":
		return descriptorpb.FieldDescriptorProto_TYPE_STRING, true
	case "google.protobuf.BytesValue":
		return descriptorpb.FieldDescriptorProto_TYPE_BYTES, true
	}
	return 0, false
}
