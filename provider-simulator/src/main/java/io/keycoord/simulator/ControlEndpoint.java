package io.keycoord.simulator;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Predicate;

/** {@code /__faults}: lists, scripts and clears faults. Safe for use by many threads. */
final class ControlEndpoint {

    private final FaultBoard faults;
    private final Consumer<Fault> check;

    /** @param check refuses a fault of nobody */
    ControlEndpoint(FaultBoard faults, Consumer<Fault> check) {
        this.faults = faults;
        this.check = check;
    }

    Answer handle(HttpRequest request) {
        return switch (request.method()) {
            case "GET" -> Answer.json(200, list());
            case "POST" -> script(request.body());
            case "DELETE" -> Answer.json(200, object().put("cleared", faults.clear(which(request))));
            default -> error(405, "method is " + request.method() + ", expected GET, POST or DELETE");
        };
    }

    static Answer error(int status, String message) {
        return Answer.json(status, object().put("error", message));
    }

    private Answer script(String body) {
        try {
            Fault fault = ConfigJson.fault(body);
            check.accept(fault);
            return Answer.json(201, object().put("id", faults.script(fault)));
        } catch (IllegalArgumentException e) {
            return error(400, String.valueOf(e.getMessage()));
        }
    }

    private static Predicate<FaultBoard.Scripted> which(HttpRequest request) {
        Optional<String> id = request.parameter("id");
        Optional<String> key = request.parameter("key");
        Optional<String> account = request.parameter("account");
        return scripted -> id.map(scripted.id()::equals).orElse(true)
                && key.map(k -> meets(scripted.fault(), Fault.Scope.KEY, k)).orElse(true)
                && account.map(a -> meets(scripted.fault(), Fault.Scope.ACCOUNT, a))
                        .orElse(true);
    }

    private static boolean meets(Fault fault, Fault.Scope scope, String target) {
        return fault.scope() == scope && fault.target().equals(target);
    }

    private ArrayNode list() {
        ArrayNode list = Json.MAPPER.createArrayNode();
        for (FaultBoard.Scripted scripted : faults.list()) {
            Fault fault = scripted.fault();
            ObjectNode entry = list.addObject()
                    .put("id", scripted.id())
                    .put("fault", fault.kind().word());
            switch (fault.scope()) {
                case KEY -> entry.put("key", fault.target());
                case ACCOUNT -> entry.put("account", fault.target());
                case ALL -> entry.put("all", true);
            }
            entry.put("fired", scripted.fired());
            if (scripted.callsLeft() >= 0) {
                entry.put("callsLeft", scripted.callsLeft());
            }
        }
        return list;
    }

    private static ObjectNode object() {
        return Json.MAPPER.createObjectNode();
    }
}
