using System.Text.Json.Nodes;
using Mizzen.ControlPlane.Verdicts;
using Mizzen.Resources.Reading;
using Mizzen.Resources.Validation;

namespace Mizzen.ControlPlane.Tests.Verdicts;

public sealed class VerdictTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);
    private static readonly Problem Mistake = new(IstioCodes.ReferencedResourceNotFound, null, "spec.http[0]", "no such host");
    private static readonly Problem Doubt = new(IstioCodes.VirtualServiceUnreachableRule, null, "spec.http[1]", "never reached");

    [Fact]
    public void An_object_about_which_there_was_never_anything_to_say_is_left_alone() =>
        Assert.Null(Verdict.Good.PatchFor(Fresh(), Now));

    [Fact]
    public void A_mistake_becomes_a_condition_and_a_message()
    {
        var status = Patched(Fresh(), new Verdict([Mistake], []));
        Assert.Equal("False", (string?)status["conditions"]![0]!["status"]);
        Assert.Equal("Invalid", (string?)status["conditions"]![0]!["reason"]);
        Assert.Equal(7, (int?)status["conditions"]![0]!["observedGeneration"]);
        Assert.Equal("IST0101", (string?)status["validationMessages"]![0]!["type"]!["code"]);
        Assert.Equal("ERROR", (string?)status["validationMessages"]![0]!["level"]);
    }

    [Fact]
    public void A_doubt_is_only_a_message()
    {
        var status = Patched(Fresh(), new Verdict([Doubt], []));
        Assert.Equal("True", (string?)status["conditions"]![0]!["status"]);
        Assert.Equal("WARNING", (string?)status["validationMessages"]![0]!["level"]);
    }

    [Fact]
    public void A_refusal_says_what_the_proxies_said()
    {
        var status = Patched(Fresh(), new Verdict([], ["proxies refuse RDS 80: too long"]));
        Assert.Equal("Refused", (string?)status["conditions"]![0]!["reason"]);
        Assert.Equal("proxies refuse RDS 80: too long", (string?)status["conditions"]![0]!["message"]);
    }

    [Fact]
    public void What_the_status_says_already_is_not_written_again()
    {
        var written = With(Patched(Fresh(), new Verdict([Mistake], [])));
        Assert.Null(new Verdict([Mistake], []).PatchFor(written, Now.AddHours(1)));
    }

    [Fact]
    public void What_is_repaired_is_said_once_and_keeps_the_time_of_the_change()
    {
        var broken = With(Patched(Fresh(), new Verdict([Mistake], [])));
        var repaired = Patched(broken, Verdict.Good, Now.AddHours(1));
        Assert.Equal("True", (string?)repaired["conditions"]![0]!["status"]);
        Assert.Equal("2026-01-02T04:04:05Z", (string?)repaired["conditions"]![0]!["lastTransitionTime"]);
        Assert.True(repaired.ContainsKey("validationMessages"));
        Assert.Null(repaired["validationMessages"]);
        repaired.Remove("validationMessages");
        Assert.Null(Verdict.Good.PatchFor(With(repaired), Now.AddHours(2)));
    }

    [Fact]
    public void Conditions_of_others_stay()
    {
        var resource = With(new JsonObject { ["conditions"] = new JsonArray(new JsonObject { ["type"] = "Other", ["status"] = "True" }) });
        Assert.Equal(["Other", "Reconciled"], Patched(resource, new Verdict([Mistake], []))["conditions"]!.AsArray().Select(condition => (string?)condition!["type"]));
    }

    private static JsonObject Fresh() => new() { ["metadata"] = new JsonObject { ["name"] = "reviews", ["generation"] = 7 } };

    private static JsonObject With(JsonObject status)
    {
        var resource = Fresh();
        resource["status"] = status.DeepClone();
        return resource;
    }

    private static JsonObject Patched(JsonObject resource, Verdict verdict, DateTimeOffset? now = null) =>
        verdict.PatchFor(resource, now ?? Now)!["status"]!.AsObject();
}
