package dev.parley.proxy.route;

import dev.parley.wire.head.FieldBlock;
import dev.parley.wire.head.RequestHead;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The rules that ask for the same things, found by the hash of what a request has in their place. The hash only leads to
 * candidates; each is then verified whole, with the conditions that no hash can answer.
 */
final class RuleShape<T> {
    /** Rules that differ in nothing but conditions that no hash can answer, at most: they are tried one by one. */
    static final int MAX_CANDIDATES = 64;

    /**
     * Look-ups for one request, at most. There is more than one only where the client repeats a header that routes ask
     * for, and each combination of its fields could be the one; without a bound, repeating several would multiply.
     */
    static final int MAX_COMBINATIONS = 64;

    private final Form form;
    private final List<FieldCondition.Name> headers;
    private final List<byte[]> query;
    private final int best;
    private final long seed;
    private final HashSlots slots;
    private final @Nullable Object[] candidates;

    private RuleShape(Form form, Map<Values, List<Rule<T>>> groups, int best, Seeds seeds) {
        this.form = form;
        this.headers = form.headers.stream().map(FieldCondition.Name::of).toList();
        this.query = form.query.stream()
                .map(name -> name.getBytes(StandardCharsets.UTF_8))
                .toList();
        this.best = best;
        HashSlots.Seeded seeded = HashSlots.of(
                seeds,
                seed -> groups.keySet().stream()
                        .mapToLong(values -> values.hash(seed))
                        .toArray());
        this.seed = seeded.seed();
        this.slots = seeded.slots();
        this.candidates = new Object[slots.capacity()];
        groups.forEach((values, rules) -> candidates[slots.find(values.hash(seed))] = List.copyOf(rules));
    }

    /** What rules ask for by exact value: whether a method, and which headers and parameters, sorted by name. */
    record Form(boolean method, List<String> headers, List<String> query) {
        static Form of(Rule<?> rule) {
            return new Form(
                    !rule.methods().isEmpty(),
                    rule.headers().stream()
                            .filter(header -> header.value() instanceof ValueCondition.Exact)
                            .map(FieldCondition::name)
                            .toList(),
                    rule.query().stream()
                            .filter(parameter -> parameter.value() instanceof ValueCondition.Exact)
                            .map(ParameterCondition::name)
                            .toList());
        }

        /** Whether a rule of this form has no condition beside those of the form. */
        boolean decides(Rule<?> rule) {
            return rule.headers().size() == headers.size() && rule.query().size() == query.size();
        }
    }

    /** The exact values that a rule asks for, in the order of its form: the key of the table. Bytes as Latin-1. */
    private record Values(List<String> texts) {
        static Values of(byte @Nullable [] method, Rule<?> rule) {
            List<String> texts = new ArrayList<>();
            if (method != null) {
                texts.add(new String(method, StandardCharsets.ISO_8859_1));
            }
            rule.headers().forEach(header -> add(header.value(), texts));
            rule.query().forEach(parameter -> add(parameter.value(), texts));
            return new Values(texts);
        }

        long hash(long seed) {
            long hash = seed;
            for (String text : texts) {
                hash = SeededHash.of(hash, text.getBytes(StandardCharsets.ISO_8859_1));
            }
            return hash;
        }

        private static void add(ValueCondition condition, List<String> texts) {
            if (condition instanceof ValueCondition.Exact exact) {
                texts.add(new String(exact.value(), StandardCharsets.ISO_8859_1));
            }
        }
    }

    static <T> RuleShape<T> of(List<Rule<T>> rules, RouteProblems problems, Seeds seeds) {
        List<Rule<T>> ranked =
                rules.stream().sorted(Comparator.comparingInt(Rule::rank)).toList();
        Form form = Form.of(ranked.getFirst());
        Map<Values, List<Rule<T>>> groups = new LinkedHashMap<>();
        for (Rule<T> rule : ranked) {
            if (form.method) {
                rule.methods().forEach(method -> add(rule, Values.of(method, rule), form, groups, problems));
            } else {
                add(rule, Values.of(null, rule), form, groups, problems);
            }
        }
        return new RuleShape<>(form, groups, ranked.getFirst().rank(), seeds);
    }

    private static <T> void add(
            Rule<T> rule, Values values, Form form, Map<Values, List<Rule<T>>> groups, RouteProblems problems) {
        List<Rule<T>> group = groups.computeIfAbsent(values, key -> new ArrayList<>());
        // A rule that the values alone decide hides all that rank behind it.
        if (!group.isEmpty() && form.decides(group.getLast())) {
            return;
        }
        group.add(rule);
        if (group.size() == MAX_CANDIDATES + 1) {
            problems.tooMany(
                    rule.name(),
                    "headers",
                    "More than %d routes differ only in headers or query parameters that are matched by regex or by * ."
                            .formatted(MAX_CANDIDATES),
                    "Such conditions are tried one by one.",
                    "Match exact values, which are found by hash, or give the routes paths of their own.");
        }
    }

    /** The rank of the most specific rule in here. */
    int best() {
        return best;
    }

    /** The most specific rule that the request meets and that ranks before {@code below}. */
    @Nullable
    Rule<T> match(RequestHead head, int below) {
        long method = form.method ? SeededHash.of(seed, head.bytes(), head.methodFrom(), head.methodTo()) : seed;
        int combinations = combinations(head.fields());
        Rule<T> found = null;
        for (int combination = 0; combination < combinations; combination++) {
            long hash = queryHash(headerHash(method, head.fields(), combination), head);
            int slot = slots.find(hash);
            if (slot >= 0) {
                Rule<T> candidate = verified(slot, head, found == null ? below : found.rank());
                found = candidate == null ? found : candidate;
            }
        }
        return found;
    }

    /** In how many ways one field of each header can be chosen: 0 where one is missing, 1 where none is repeated. */
    private int combinations(FieldBlock fields) {
        int combinations = 1;
        for (int i = 0; i < headers.size() && combinations > 0; i++) {
            combinations *= headers.get(i).count(fields, MAX_COMBINATIONS);
            combinations = Math.min(combinations, MAX_COMBINATIONS);
        }
        return combinations;
    }

    private long headerHash(long method, FieldBlock fields, int combination) {
        long hash = method;
        int rest = combination;
        for (int i = 0; i < headers.size(); i++) {
            FieldCondition.Name name = headers.get(i);
            int count = rest == 0 ? 1 : name.count(fields, MAX_COMBINATIONS);
            int field = name.nth(fields, rest % count);
            rest /= count;
            hash = SeededHash.of(hash, fields.bytes(), fields.valueFrom(field), fields.valueTo(field));
        }
        return hash;
    }

    /** A parameter that is missing hashes as if it were empty; verification tells the two apart. */
    private long queryHash(long headers, RequestHead head) {
        long hash = headers;
        byte[] bytes = head.bytes();
        for (int i = 0; i < query.size(); i++) {
            long value = QueryText.first(bytes, head.queryFrom(), head.queryTo(), query.get(i));
            int from = value < 0 ? 0 : QueryText.from(value);
            int to = value < 0 ? 0 : QueryText.to(value);
            hash = QueryText.encoded(bytes, from, to)
                    ? SeededHash.of(hash, QueryText.decoded(bytes, from, to))
                    : SeededHash.of(hash, bytes, from, to);
        }
        return hash;
    }

    @SuppressWarnings("unchecked") // Only lists of rules are ever put in, and a slot that is found has one.
    private @Nullable Rule<T> verified(int slot, RequestHead head, int below) {
        List<Rule<T>> rules = (List<Rule<T>>) candidates[slot];
        for (int i = 0; rules != null && i < rules.size(); i++) {
            Rule<T> rule = rules.get(i);
            if (rule.rank() >= below) {
                return null;
            }
            if (rule.holds(head)) {
                return rule;
            }
        }
        return null;
    }
}
