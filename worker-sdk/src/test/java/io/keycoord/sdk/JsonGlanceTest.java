package io.keycoord.sdk;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class JsonGlanceTest {
    private static boolean passes(String json) {
        byte[] bytes = json.replace('\'', '"').getBytes(StandardCharsets.UTF_8);
        return JsonGlance.passes(bytes, 0, bytes.length);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{}",
                "{ 'a' : [ ] , 'b' : {} } ",
                "{'a':[0,-1,12,-0.25,10.0,true,false,null,'x',{'b':[[]]}]}",
                "{'choices':[{'index':0,'delta':{'content':' Hi\\n\\u00e9 \\\\ \\''},'finish_reason':null}],'usage':null,'error':null}",
                "{'type':'content_block_delta','index':0,'delta':{'type':'text_delta','text':'usage: {}'}}",
                "{'type':'response.output_text.delta','delta':'error','sequence_number':7}",
                "{'object':'chat.completion.chunk','choices':[{'delta':{'content':'语言 é'}}]}"
            })
    void wordsForTheCallerArePassedOver(String event) {
        assertThat(passes(event)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{'usage':{'prompt_tokens':1}}",
                "{'usageMetadata':{}}",
                "{'response':{'usage':{}}}",
                "{'choices':[{'finish_reason':'stop'}]}",
                "{'candidates':[{'finishReason':'STOP'}]}",
                "{'promptFeedback':{'blockReason':'SAFETY'}}",
                "{'error':{}}",
                "{'error':'words'}",
                "{'response':{'error_type':'rate_limit'}}",
                "{'type':'message_stop'}",
                "{'type':'error'}",
                "{'type':'response.completed'}",
                "{'type':'response.incomplete'}",
                "{'type':'response.failed'}",
                "{'object':'response','status':'failed'}",
                "{'\\u0075sage':{}}",
                "{'type':'\\u0065rror'}"
            })
    void whatMayTellSomethingIsNot(String event) {
        assertThat(passes(event)).isFalse();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "[]",
                "7",
                "words",
                "{",
                "{'a'",
                "{'a':}",
                "{'a':1",
                "{'a':1,}",
                "{'a':[1,]}",
                "{'a':[1}",
                "{'a':1]}",
                "{'a':1}}",
                "{'a':1} x",
                "{a:1}",
                "{'a':01}",
                "{'a':-}",
                "{'a':1.}",
                "{'a':1e5}",
                "{'a':NaN}",
                "{'a':tru}",
                "{'a':'x",
                "{'a':'\\x'}",
                "{'a':'\\u12g4'}",
                "{'a':'\\u12",
                "{'a':'\t'}"
            })
    void whatIsNotWholeOrInDoubtIsNot(String event) {
        assertThat(passes(event)).isFalse();
    }

    @Test
    void whatIsNestedTooDeepIsNot() {
        assertThat(passes("{'a':" + "[".repeat(30) + "]".repeat(30) + "}")).isTrue();
        assertThat(passes("{'a':" + "[".repeat(100_000) + "]".repeat(100_000) + "}"))
                .isFalse();
    }

    @Test
    void onlyItsOwnBytesAreLookedAt() {
        byte[] line = "data: {\"a\":1}{\"usage\":{}}".getBytes(StandardCharsets.UTF_8);

        assertThat(JsonGlance.passes(line, 6, 13)).isTrue();
        assertThat(JsonGlance.passes(line, 6, 12)).isFalse();
        assertThat(JsonGlance.passes(line, 13, line.length)).isFalse();
    }
}
