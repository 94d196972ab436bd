# METADATA
# description: A resource's properties as the provider takes them - absent is its default, and not known is neither.
package dharma.property

import data.dharma.subject

# METADATA
# description: |
#   The property at a path (a list of keys) of a resource's inputs; `otherwise` where it is absent or null, and
#   subject.not_known where it, or an object it is in, is known only after applying.
value(resource, path, otherwise) := subject.not_known if {
	some length in numbers.range(1, count(path))
	object.get(resource.new, array.slice(path, 0, length), null) == subject.not_known
} else := found if {
	found := object.get(resource.new, path, null)
	found != null
} else := otherwise

# METADATA
# description: The elements of the list at a path; none where it is absent or not known.
list(resource, path) := found if {
	found := value(resource, path, [])
	is_array(found)
} else := []

# METADATA
# description: True where the property, or its default, is known and none of these values (texts in lower case).
other_than(resource, path, otherwise, values) if {
	found := value(resource, path, otherwise)
	found != subject.not_known
	not text(found) in values
}

# METADATA
# description: True where the property, or its default, is known and one of these values (texts in lower case).
one_of(resource, path, otherwise, values) if text(value(resource, path, otherwise)) in values

text(found) := lower(found) if is_string(found)

text(found) := json.marshal(found) if not is_string(found)

# METADATA
# description: The resulting resources of these types.
resources(types) := [resource | some type in types; some resource in subject.by_type[type]]
