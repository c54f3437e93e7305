using Mizzen.Resources.Apps;
using Mizzen.Resources.Core;
using Mizzen.Resources.Meta;

namespace Mizzen.Development;

/// <summary>
/// The pod that stands in for a Deployment's: the same labels, volumes, variables, service account and neighbours, but one of its
/// containers runs a program of the user's. It lacks the label by which ReplicaSets know their pods, so none adopts it.
/// </summary>
internal static class DevelopmentPod
{
    /// <summary>The image that stands for no program: the container's command is what runs.</summary>
    public const string Image = "mizzen/host-program";

    private const string TemplateHash = "pod-template-hash";
    private const string DefaultContainer = "kubectl.kubernetes.io/default-container";
    private const long GraceSeconds = 5;

    /// <summary>The pod.</summary>
    /// <param name="deployment">Whose pods it replaces.</param>
    /// <param name="name">What it is called.</param>
    /// <param name="containerName">The container that the program replaces; null for the only one, or the one that the template names as its default.</param>
    /// <param name="program">What runs instead.</param>
    /// <exception cref="UserErrorException">The Deployment has no such container, or several and none is named.</exception>
    public static Pod Of(Deployment deployment, string name, string? containerName, DevelopmentProgram program)
    {
        var template = deployment.Spec?.Template;
        var containers = template?.Spec?.Containers ?? [];
        var replaced = Choose(deployment, containers, containerName ?? template?.Metadata?.Annotations?.GetValueOrDefault(DefaultContainer));
        return new Pod
        {
            Metadata = new ObjectMeta
            {
                Namespace = deployment.Metadata.Namespace,
                Name = name,
                Labels = (template?.Metadata?.Labels ?? new Dictionary<string, string>()).Where(label => label.Key != TemplateHash).ToDictionary(),
                Annotations = new Dictionary<string, string>(template?.Metadata?.Annotations ?? new Dictionary<string, string>())
                {
                    [DefaultContainer] = replaced.Name,
                },
            },
            Spec = template!.Spec! with
            {
                RestartPolicy = "Never",
                TerminationGracePeriodSeconds = GraceSeconds,
                Containers = [.. containers.Select(container => container == replaced ? Replace(container, program) : container)],
            },
        };
    }

    private static Container Choose(Deployment deployment, IReadOnlyList<Container> containers, string? name)
    {
        var names = string.Join(", ", containers.Select(container => container.Name));
        if (name is not null)
        {
            return containers.FirstOrDefault(container => container.Name == name)
                ?? throw new UserErrorException($"deployment/{deployment.Metadata.Name} has no container {name}; it has: {names}");
        }

        return containers is [var only]
            ? only
            : throw new UserErrorException($"deployment/{deployment.Metadata.Name} has several containers; say which one with --container: {names}");
    }

    // It is the developer's own program and writes the developer's own files. A compiler may run first: nobody kills the program for being late, it only gets no traffic before it listens.
    private static Container Replace(Container container, DevelopmentProgram program) => container with
    {
        Image = Image,
        Command = [.. program.Command.Select(Literal)],
        Args = null,
        WorkingDir = program.Folder,
        Env = [.. Variables(container, program)],
        LivenessProbe = null,
        StartupProbe = null,
        ReadinessProbe = container.ReadinessProbe ?? Listens(container),
        Lifecycle = null,
        SecurityContext = new SecurityContext { RunAsUser = 0, RunAsGroup = 0, RunAsNonRoot = false },
    };

    private static IEnumerable<EnvVar> Variables(Container container, DevelopmentProgram program) =>
        (container.Env ?? []).Where(variable => !program.Environment.ContainsKey(variable.Name))
            .Concat(program.Environment.Select(variable => new EnvVar { Name = variable.Key, Value = Literal(variable.Value) }));

    private static Probe? Listens(Container container) =>
        container.Ports is [var first, ..]
            ? new Probe { TcpSocket = new TcpSocketAction { Port = first.Port }, PeriodSeconds = 1, FailureThreshold = 1 }
            : null;

    // Kubernetes would put a variable in the place of $(NAME).
    private static string Literal(string text) => text.Replace("$(", "$$(", StringComparison.Ordinal);
}
