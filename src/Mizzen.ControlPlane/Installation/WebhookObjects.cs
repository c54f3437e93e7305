using Mizzen.ControlPlane.Injection;
using Mizzen.Resources.Admission;
using Mizzen.Resources.Meta;
using Mizzen.Resources.Validation;

namespace Mizzen.ControlPlane.Installation;

/// <summary>
/// What makes the API server ask the control plane: about new pods, and about objects of the mesh. istiod adds the root certificate when
/// it runs, and turns validation from Ignore to Fail.
/// </summary>
internal static class WebhookObjects
{
    private const string Injection = "istio-injection";

    private static readonly Dictionary<string, string> Labels = ObjectText.Labels(("app", "istiod"), ("istio.io/rev", "default"), ("release", "istio"));

    public static IEnumerable<Resource> All(InstallOptions options) => [Injector(options), Validator(options)];

    // Namespace labels first, then the pod's own: Istio's four rules, of which at most one fits a pod.
    private static MutatingWebhookConfiguration Injector(InstallOptions options) => new()
    {
        Metadata = ObjectText.Meta("istio-sidecar-injector", null, Labels),
        Webhooks =
        [
            Inject("rev.namespace", options, [In(Names.Revision, "default"), Absent(Injection)], [NotIn(Names.Inject, "false")]),
            Inject("rev.object", options, [Absent(Names.Revision), Absent(Injection)], [NotIn(Names.Inject, "false"), In(Names.Revision, "default")]),
            Inject("namespace", options, [In(Injection, "enabled")], [NotIn(Names.Inject, "false")]),
            Inject("object", options, [Absent(Injection), Absent(Names.Revision)], [In(Names.Inject, "true"), Absent(Names.Revision)]),
        ],
    };

    private static Webhook Inject(string name, InstallOptions options, LabelSelectorRequirement[] namespaces, LabelSelectorRequirement[] pods) => new()
    {
        Name = name + ".sidecar-injector.istio.io",
        ClientConfig = ClientOf(options, "/inject"),
        Rules = [new RuleWithOperations { Operations = ["CREATE"], ApiGroups = [""], ApiVersions = ["v1"], Resources = ["pods"] }],
        NamespaceSelector = new LabelSelector { MatchExpressions = namespaces },
        ObjectSelector = new LabelSelector { MatchExpressions = pods },
        FailurePolicy = "Fail",
        ReinvocationPolicy = "Never",
        SideEffects = "None",
        AdmissionReviewVersions = ["v1"],
    };

    private static ValidatingWebhookConfiguration Validator(InstallOptions options) => new()
    {
        Metadata = ObjectText.Meta("istio-validator-" + options.Namespace, null, Labels),
        Webhooks =
        [
            Validate("rev.validation.istio.io", options, In(Names.Revision, "default")),
            Validate("validation.istio.io", options, Absent(Names.Revision)),
        ],
    };

    private static Webhook Validate(string name, InstallOptions options, LabelSelectorRequirement revision) => new()
    {
        Name = name,
        ClientConfig = ClientOf(options, "/validate"),
        Rules =
        [
            new RuleWithOperations
            {
                Operations = ["CREATE", "UPDATE"],
                ApiGroups = ["security.istio.io", "networking.istio.io", "telemetry.istio.io", "extensions.istio.io"],
                ApiVersions = ["*"],
                Resources = ["*"],
            },
            new RuleWithOperations
            {
                Operations = ["CREATE", "UPDATE"],
                ApiGroups = [GatewayApiValidation.Group],
                ApiVersions = ["*"],
                Resources = ["gateways", "listenersets", "httproutes", "tlsroutes", "tcproutes", "udproutes", "backendtlspolicies"],
            },
        ],
        ObjectSelector = new LabelSelector { MatchExpressions = [revision] },
        FailurePolicy = "Ignore",
        SideEffects = "None",
        AdmissionReviewVersions = ["v1"],
    };

    private static WebhookClientConfig ClientOf(InstallOptions options, string path) =>
        new() { Service = new ServiceReference { Namespace = options.Namespace, Name = IstiodObjects.Name, Path = path, Port = 443 } };

    private static LabelSelectorRequirement In(string key, string value) => new() { Key = key, Operator = "In", Values = [value] };

    private static LabelSelectorRequirement NotIn(string key, string value) => new() { Key = key, Operator = "NotIn", Values = [value] };

    private static LabelSelectorRequirement Absent(string key) => new() { Key = key, Operator = "DoesNotExist" };
}
