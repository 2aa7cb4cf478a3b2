package dev.parley.config;

import dev.parley.config.Shape.Part;
import dev.parley.config.Yaml.Field;
import dev.parley.config.Yaml.Fields;
import dev.parley.config.Yaml.Items;
import dev.parley.config.Yaml.Scalar;
import dev.parley.model.Suggestion;
import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Makes records of the model from a tree. It never stops at a problem: what is bad is noted and its default taken
 * instead, so that all the rest is still looked at; the outcome is then thrown away, since there are findings.
 *
 * <p>Each method answers null where there is nothing to go on with, and then the problem has been noted.
 */
final class Binder {
    static final Pattern NAME = Pattern.compile("[a-z0-9]([a-z0-9._-]{0,61}[a-z0-9])?");

    private final Vocabulary vocabulary;
    private final Findings findings;
    private final Scalars scalars;
    /** By identity, because an annotation, of which a part has one, takes long to hash. */
    private final IdentityHashMap<Part, Object> defaults = new IdentityHashMap<>();

    private final Set<String> damaged = new LinkedHashSet<>();

    Binder(Vocabulary vocabulary, Findings findings) {
        this.vocabulary = vocabulary;
        this.findings = findings;
        this.scalars = new Scalars(vocabulary, findings);
    }

    /** The top-level settings, {@code admin}, and named things, {@code routes.payments}, in which a problem was found. */
    Set<String> damaged() {
        return Collections.unmodifiableSet(damaged);
    }

    /** Binds a value of any type that the model uses. */
    @Nullable
    Object bind(Type type, Field field, String path) {
        Yaml yaml = field.value();
        if (yaml instanceof Scalar scalar && scalar.isNull()) {
            findings.add(
                    field.shown(),
                    "null-value",
                    path,
                    "there is no value.",
                    "It should be " + vocabulary.describe(type) + ".",
                    "Write one, or remove the key.");
            return null;
        }
        if (type instanceof ParameterizedType generic) {
            Type[] of = generic.getActualTypeArguments();
            if (generic.getRawType() == Optional.class) {
                Object value = bind(of[0], field, path);
                return value == null ? null : Optional.of(value);
            }
            return generic.getRawType() == List.class ? list(of[0], field, path) : map(of[1], field, path);
        }
        Class<?> plain = (Class<?>) type;
        if (plain == OptionalInt.class) {
            return bind(int.class, field, path) instanceof Integer number ? OptionalInt.of(number) : null;
        }
        Shape shape = vocabulary.shape(plain);
        return switch (yaml) {
            case Scalar scalar
            when shape.text().isPresent() -> scalars.read(shape.text().get(), scalar, field, path);
            case Scalar scalar when vocabulary.isWord(plain) -> scalars.read(plain, scalar, field, path);
            case Fields fields when !shape.settings().isEmpty() -> record(shape, fields, field.shown(), path);
            case Fields fields when shape.map().isPresent() -> wrapped(shape, field, path);
            case Fields fields when !shape.choices().isEmpty() -> choice(shape, fields, field, path);
            default -> scalars.refuse(type, field, path);
        };
    }

    /** A scalar is a list of one. */
    private Object list(Type type, Field field, String path) {
        List<Object> values = new ArrayList<>();
        List<Yaml> items = field.value() instanceof Items list ? list.items() : List.of(field.value());
        for (int i = 0; i < items.size(); i++) {
            Yaml item = items.get(i);
            String itemPath = field.value() instanceof Items ? path + "[" + i + "]" : path;
            Object value = bind(type, new Field("", item.place(), item), itemPath);
            if (value != null) {
                values.add(value);
            }
        }
        return Collections.unmodifiableList(values);
    }

    private @Nullable Object map(Type type, Field field, String path) {
        if (!(field.value() instanceof Fields fields)) {
            findings.add(
                    field.shown(),
                    "wrong-type",
                    path,
                    "this is not a map.",
                    "Each entry is a name, a colon and a value.",
                    "Write it as { name: value }, or one entry a line.");
            return null;
        }
        Map<String, Object> values = new LinkedHashMap<>();
        for (Field entry : fields.fields()) {
            String entryPath = path + "." + entry.key();
            int before = findings.count();
            boolean named = path.indexOf('.') < 0;
            if (named) {
                requireName(entry, entryPath);
            }
            Object value = bind(type, entry, entryPath);
            if (value != null) {
                values.put(entry.key(), value);
            }
            if (named && findings.count() > before) {
                damaged.add(entryPath);
            }
        }
        return Collections.unmodifiableMap(values);
    }

    /** Names appear in metrics, logs and paths of the API, where other characters would have to be escaped. */
    private void requireName(Field entry, String path) {
        if (!NAME.matcher(entry.key()).matches()) {
            findings.add(
                    entry.at(),
                    "bad-name",
                    path,
                    "'%s' is not a name.".formatted(Scalars.shortened(entry.key())),
                    "A name has 1 to 63 of a-z, 0-9, '.', '_' and '-', and begins and ends with a letter or digit.",
                    "Rename it.");
        }
    }

    private @Nullable Object wrapped(Shape shape, Field field, String path) {
        Object map = map(shape.map().orElseThrow().getActualTypeArguments()[1], field, path);
        if (map == null) {
            return null;
        }
        boolean lost =
                ((Map<?, ?>) map).size() < ((Fields) field.value()).fields().size();
        return new RecordMaker(
                        shape,
                        new Object[] {map},
                        Map.of(),
                        Set.of(),
                        lost,
                        findings,
                        this::optionalDefault,
                        this::sample)
                .make(field.shown(), path);
    }

    private @Nullable Object choice(Shape shape, Fields fields, Field field, String path) {
        if (fields.fields().size() != 1) {
            findings.add(
                    field.shown(),
                    "wrong-value",
                    path,
                    "this has %d keys.".formatted(fields.fields().size()),
                    "It has exactly one of %s.".formatted(String.join(", ", shape.keys())),
                    "Keep the one that is meant.");
            return null;
        }
        Field chosen = fields.fields().getFirst();
        Constructor<?> constructor = shape.choices().get(chosen.key());
        if (constructor == null) {
            unknownKey(shape, chosen, path);
            return null;
        }
        String chosenPath = path + "." + chosen.key();
        Object text = bind(String.class, chosen, chosenPath);
        try {
            return text == null ? null : constructor.newInstance(text);
        } catch (InvocationTargetException e) {
            findings.add(chosen.shown(), Refusal.problem(chosenPath, Refusal.of(e)));
            return null;
        } catch (ReflectiveOperationException e) {
            throw new LinkageError(constructor + " must be public.", e);
        }
    }

    /** Binds the map form of a record: unknown keys are noted, and what is not given takes its default. */
    @Nullable
    Object record(Shape shape, Fields fields, Place place, String path) {
        Map<String, Field> given = new HashMap<>();
        List<String> keys = shape.keys();
        boolean strangers = false;
        for (Field field : fields.fields()) {
            given.put(field.key(), field);
            if (!keys.contains(field.key())) {
                strangers = true;
                unknownKey(shape, field, path);
            }
        }
        List<Part> parts = shape.settings();
        Object[] values = new Object[parts.size()];
        Set<Integer> replaced = new HashSet<>();
        for (int i = 0; i < values.length; i++) {
            Object value = part(parts.get(i), given.get(parts.get(i).key()), path);
            if (value == null) {
                replaced.add(i);
                value = standIn(parts.get(i), place, path, given);
            }
            if (value != null) {
                values[i] = value;
            }
        }
        if (Arrays.stream(values).anyMatch(Objects::isNull)) {
            return null;
        }
        return new RecordMaker(shape, values, given, replaced, strangers, findings, this::optionalDefault, this::sample)
                .make(place, path);
    }

    /** The value of one component, which is its default where the user gives none; null where it is bad or missing. */
    private @Nullable Object part(Part part, @Nullable Field field, String path) {
        if (field == null) {
            return defaultOf(part);
        }
        int before = findings.count();
        Object value = bind(part.type(), field, join(path, part.key()));
        if (path.isEmpty() && findings.count() > before) {
            damaged.add(part.key());
        }
        return value;
    }

    /** What to go on with in place of a bad or missing value; a name that is empty is never looked up. */
    private @Nullable Object standIn(Part part, Place place, String path, Map<String, Field> given) {
        if (!given.containsKey(part.key())) {
            missing(part, place, path);
        }
        Object byDefault = defaultOf(part);
        return byDefault == null && part.type() == String.class ? "" : byDefault;
    }

    /** A value for an optional record from nothing but defaults; what is in the way of that is not the user's doing. */
    private Optional<Object> sample(Part part) {
        Type inner =
                part.type() instanceof ParameterizedType generic ? generic.getActualTypeArguments()[0] : part.type();
        Binder apart = new Binder(vocabulary, new Findings());
        Place nowhere = Place.whole(new Source(part.key(), 0, ""));
        Object value = inner instanceof Class<?>
                ? apart.bind(inner, new Field(part.key(), nowhere, new Fields(nowhere, List.of())), part.key())
                : null;
        return value == null ? Optional.empty() : Optional.of(Optional.of(value));
    }

    private Optional<Object> optionalDefault(Part part) {
        return Optional.ofNullable(defaultOf(part));
    }

    /** Defaults are texts of the model, and go the way of a user's text; null where the user must give a value. */
    @Nullable
    Object defaultOf(Part part) {
        Object known = defaults.get(part);
        if (known == null) {
            known = vocabulary.emptyOf(part.type());
            if (known == null && part.defaultText().isPresent()) {
                String text = part.defaultText().get();
                Place nowhere = Place.whole(new Source("the default of " + part.key(), 0, text));
                Yaml yaml =
                        text.equals("{}") ? new Fields(nowhere, List.of()) : new Scalar(nowhere, text, !text.isEmpty());
                known = bind(part.type(), new Field(part.key(), nowhere, yaml), part.key());
            }
            if (known != null) {
                defaults.put(part, known);
            }
        }
        return known;
    }

    private void missing(Part part, Place place, String path) {
        findings.add(
                place,
                "missing-key",
                path,
                "%s is missing.".formatted(part.key()),
                part.setting().value(),
                "It has no default: add '%s: ...'.".formatted(part.key()));
    }

    private void unknownKey(Shape shape, Field field, String path) {
        String key = field.key();
        String guess = Suggestion.didYouMean(key, shape.keys());
        if (key.equals("<<")) {
            guess = "Merge keys are not YAML 1.2: repeat the settings, or alias the whole map.";
        } else if (guess.isEmpty()) {
            guess = "The keys here are %s.".formatted(String.join(", ", shape.keys()));
        }
        List<String> homes = vocabulary.homesOf(key);
        findings.add(
                field.at(),
                "unknown-key",
                join(path, key),
                "key '%s' is not known here.".formatted(Scalars.shortened(key)),
                homes.isEmpty() ? "" : "It belongs in %s.".formatted(String.join(" or ", homes)),
                guess);
    }

    static String join(String path, String key) {
        return path.isEmpty() ? key : path + "." + key;
    }
}
